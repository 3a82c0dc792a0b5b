#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/statement.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace tw::sql {

/// A statement as SQLite compiled it for one connection.
class Prepared {
 public:
    static Result<Prepared> compile(sqlite3* database, const Statement& statement);

    sqlite3_stmt* handle() const { return handle_.get(); }
    bool read_only() const;
    /// Whether it was compiled from this text; compares the address.
    bool is_of(const Statement& statement) const { return text_ == statement.text.data(); }

    /// Text is not copied: the values must stay until the statement is reset.
    Result<void> bind(sqlite3* database, const Statement& statement, std::span<const Value> values) const;
    /// The row that the last step arrived at.
    Row read_row() const;

 private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    const char* text_ = nullptr;
    /// Parameter i of SQLite is value slots[i] of ours: SQLite counts by first appearance, we by the number.
    std::vector<std::size_t> slots_;
    std::size_t values_ = 0;
};

}  // namespace tw::sql
