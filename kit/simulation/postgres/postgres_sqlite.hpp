#pragma once

#include "kit/simulation/postgres/postgres_cell.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_context sqlite3_context;
typedef struct sqlite3_value sqlite3_value;

namespace tw::simulation {

/// The database in memory that runs the model's statements. It keeps the statements that it has
/// prepared.
class PostgresSqlite {
 public:
    struct Failure {
        int code;
        std::string message;
    };
    struct Column {
        std::string name;
        /// The type that the column's table declares; empty for an expression.
        std::string declared;
    };
    using Function = std::function<Cell(const Cells& arguments)>;

    PostgresSqlite();
    ~PostgresSqlite();
    PostgresSqlite(const PostgresSqlite&) = delete;
    PostgresSqlite& operator=(const PostgresSqlite&) = delete;

    /// Adds a function that statements may call. Its results may differ from call to call.
    void add_function(const std::string& name, int arguments, Function function);

    /// Returns the columns of the statement's answer; a failure if the statement cannot be
    /// prepared.
    std::expected<std::vector<Column>, Failure> columns(const std::string& text);
    /// Runs a statement. `parameters` are $1, $2 and so on. Those that the text does not use are
    /// ignored.
    std::expected<std::vector<Cells>, Failure> run(const std::string& text, const Cells& parameters = {});
    /// Runs a statement that cannot fail. Throws NotModelled if it fails.
    std::vector<Cells> must_run(const std::string& text, const Cells& parameters = {});

 private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    struct Prepared {
        std::unique_ptr<sqlite3_stmt, Finalize> statement;
        /// The places in the parameters of the statement's own first, second parameter and so on.
        std::vector<std::size_t> parameters;
    };

    std::expected<const Prepared*, Failure> prepare(const std::string& text);
    Failure failure() const;
    static void call_function(sqlite3_context* context, int count, sqlite3_value** values);

    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string, std::unique_ptr<Function>> functions_;
    /// The prepared statements by their texts. They are destroyed before the handle.
    std::unordered_map<std::string, Prepared> prepared_;
};

}  // namespace tw::simulation
