#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/sql/postgres/target.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql::pg {

/// A connection for work at start, before there is a loop that could be blocked. Every call waits
/// for its answer.
class BlockingConnection {
 public:
    /// Waits for `connect_time_max` at most. The errors are those of `connect_error`.
    static Result<BlockingConnection> open(const Target& target, const PostgresOptions& options);

    /// Runs one or several statements, as psql would send them.
    Result<void> run(const std::string& text);
    /// Runs one statement with its parameters and returns its columns as text. A null becomes an
    /// empty text.
    Result<std::vector<std::vector<std::string>>> query(const std::string& text, const std::vector<std::string>& parameters = {});
    /// Like `query` without parameters, and like `run`, but they fail with DATABASE_UNREACHABLE if
    /// no answer comes in time. The connection cannot be used any more then.
    Result<std::vector<std::vector<std::string>>> query_within(const std::string& text, std::chrono::milliseconds time);
    Result<void> run_within(const std::string& text, std::chrono::milliseconds time);
    /// Returns the number of the server's process that the protocol announced when the connection
    /// was made.
    int announced_backend() const;
    /// Runs the statements of a text that people have written in a file. The cause of an error
    /// begins with the line of the statement that failed, and ends with that statement.
    Result<void> run_script(std::string_view script);
    /// A COPY … FROM STDIN: `begin_copy`, any number of `send_copy` with whole lines, and
    /// `end_copy`. end_copy returns the server's result. If the copy is not `wanted`, it makes the
    /// server discard the lines.
    Result<void> begin_copy(const std::string& statement);
    Result<void> send_copy(std::string_view lines);
    Result<void> end_copy(bool wanted);
    bool in_transaction() const;
    const Target& target() const { return *target_; }

 private:
    BlockingConnection(const Target& target, LibpqConnection connection) : target_{&target}, connection_{std::move(connection)} {}
    Error failure(const PGresult* result, std::string_view doing) const;
    Error script_failure(const PGresult* result, std::string_view script, std::size_t finished) const;

    const Target* target_;
    LibpqConnection connection_;
};

}  // namespace tw::sql::pg
