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

/// A connection for what is done at start, before there is a loop to block. Every call waits for its answer.
class BlockingConnection {
 public:
    /// Waits for `connect_time_max` at most. Errors as `connect_error`.
    static Result<BlockingConnection> open(const Target& target, const PostgresOptions& options);

    /// One or several statements, as psql would send them.
    Result<void> run(const std::string& text);
    /// One statement with its parameters and columns as text; a null is empty.
    Result<std::vector<std::vector<std::string>>> query(const std::string& text, const std::vector<std::string>& parameters = {});
    /// As `query` without parameters and as `run`, but DATABASE_UNREACHABLE where no answer comes in time; the connection is of
    /// no use then.
    Result<std::vector<std::vector<std::string>>> query_within(const std::string& text, std::chrono::milliseconds time);
    Result<void> run_within(const std::string& text, std::chrono::milliseconds time);
    /// The number of the server's process as the protocol told it when the connection was made.
    int announced_backend() const;
    /// The same for a text that people have written in a file: the cause of an error begins with the line of the statement that
    /// failed, and ends with that statement.
    Result<void> run_script(std::string_view script);
    /// A COPY … FROM STDIN: `begin_copy`, any number of `send_copy` with whole lines, and `end_copy`, which gives the server's
    /// verdict, or has it forget the lines where the copy is not `wanted`.
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
