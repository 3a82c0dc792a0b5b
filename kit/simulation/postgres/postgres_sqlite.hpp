#pragma once

#include "kit/simulation/postgres/postgres_cell.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;

namespace tw::simulation {

/// The database in memory that runs the model's statements. Keeps what it has prepared.
class PostgresSqlite {
 public:
    struct Failure {
        int code;
        std::string message;
    };
    struct Column {
        std::string name;
        /// The type that its table declares; empty for an expression.
        std::string declared;
    };
    using Function = std::function<Cell(const Cells& arguments)>;

    PostgresSqlite();
    ~PostgresSqlite();
    PostgresSqlite(const PostgresSqlite&) = delete;
    PostgresSqlite& operator=(const PostgresSqlite&) = delete;

    /// A function that statements may call; what it answers may differ from call to call.
    void add_function(const std::string& name, int arguments, Function function);

    /// The columns of the statement's answer; a failure where it cannot be prepared.
    std::expected<std::vector<Column>, Failure> columns(const std::string& text);
    /// `parameters` are $1, $2, …; those that the text lacks are left out.
    std::expected<std::vector<Cells>, Failure> run(const std::string& text, const Cells& parameters = {});
    /// For what cannot fail; throws NotModelled where it does.
    std::vector<Cells> must_run(const std::string& text, const Cells& parameters = {});

 private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

    std::expected<sqlite3_stmt*, Failure> prepare(const std::string& text);
    Failure failure() const;
    static void call_function(sqlite3_context* context, int count, sqlite3_value** values);

    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string, std::unique_ptr<Function>> functions_;
    /// By their texts; before the handle goes.
    std::map<std::string, Prepared, std::less<>> prepared_;
};

}  // namespace tw::simulation
