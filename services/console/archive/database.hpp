#pragma once

#include "kit/base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace tw::console {

/// Why SQLite could not do something.
struct Fault {
    int code = 0;
    std::string text;

    /// The file's content is not what SQLite has written.
    bool damaged() const;
    /// UNAVAILABLE, which tells the sender to try again.
    Error error() const;
};

/// One run of a statement. It is reset when it is destroyed, so that no read transaction stays
/// open.
class Rows {
 public:
    Rows(class Database& database, sqlite3_stmt* statement) : database_{&database}, statement_{statement} {}
    Rows(Rows&& other) noexcept : database_{other.database_}, statement_{std::exchange(other.statement_, nullptr)} {}
    Rows& operator=(Rows&&) = delete;
    ~Rows();

    /// Goes to the next row. Returns false after the last one, and after a fault.
    bool next();
    std::int64_t integer(int column) const;
    /// Valid until the next call of `next`.
    std::string_view blob(int column) const;

 private:
    Database* database_;
    sqlite3_stmt* statement_;
};

/// A connection to an SQLite file. One thread at a time uses it. The first thing that goes wrong is
/// kept as its fault, and nothing is done after it until it is taken. So a unit of work is checked
/// once, at its end.
class Database {
 public:
    enum class Role : std::uint8_t { writer, reader };

    /// Opens the file. A writer makes it if it is not there.
    Database(const std::string& path, Role role);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs a statement with its parameters: integers, and bytes, which must live as long as the
    /// Rows. `sql` is a constant, since the compiled statement is kept by its address.
    template <class... Values>
    Rows query(const char* sql, const Values&... values) {
        auto* const statement = prepare(sql);
        int index = 0;
        (bind(statement, ++index, values), ...);
        return Rows{*this, statement};
    }
    /// Runs a statement that has no rows. Returns false after a fault.
    template <class... Values>
    bool run(const char* sql, const Values&... values) {
        query(sql, values...).next();
        return !fault_;
    }
    /// Runs any number of statements without parameters.
    bool run_script(const char* sql);

    /// The first integer of the first row; 0 if there is no row.
    template <class... Values>
    std::int64_t integer(const char* sql, const Values&... values) {
        auto rows = query(sql, values...);
        return rows.next() ? rows.integer(0) : 0;
    }

    /// Gives back memory that is only kept to be faster the next time.
    void release_memory();

    bool failed() const { return fault_.has_value(); }
    /// Returns the fault and forgets it.
    std::optional<Fault> take_fault() { return std::exchange(fault_, std::nullopt); }

 private:
    friend class Rows;

    sqlite3_stmt* prepare(const char* sql);
    void bind(sqlite3_stmt* statement, int index, std::int64_t value);
    void bind(sqlite3_stmt* statement, int index, std::string_view value);
    void bind(sqlite3_stmt* statement, int index, std::nullptr_t value);
    bool step(sqlite3_stmt* statement);
    void fail(int code);

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };

    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
    std::optional<Fault> fault_;
};

}  // namespace tw::console
