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

/// A statement that SQLite compiled for one connection.
class Prepared {
 public:
    static Result<Prepared> compile(sqlite3* database, const Statement& statement);

    sqlite3_stmt* handle() const { return handle_.get(); }
    bool read_only() const;
    /// Whether it was compiled from this text, by the text's address.
    bool is_of(const Statement& statement) const { return text_ == statement.text.data(); }

    /// Binds values. Text is not copied: the values must stay valid until the statement is reset.
    Result<void> bind(sqlite3* database, const Statement& statement, std::span<const Value> values) const;
    /// Returns the row of the last step.
    Row read_row() const;

 private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    const char* text_ = nullptr;
    /// Parameter i of SQLite is value slots_[i] of the caller. SQLite counts parameters by first
    /// appearance, and the caller by their number.
    std::vector<std::size_t> slots_;
    std::size_t values_ = 0;
};

}  // namespace tw::sql
