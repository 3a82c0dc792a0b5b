#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace tw::sql::pg {

/// How much of a server one loop uses, and how long it waits. Everything is bounded. What exceeds a
/// bound is refused with DATABASE_BUSY.
struct PostgresOptions {
    /// What pg_stat_activity calls the connections, where the URL does not say.
    std::string application_name = "tw";
    /// How many connections carry pipelined reads and shared commits; at least 1. With 2 or more,
    /// reads need not wait for commits.
    std::size_t lines = 2;
    /// How many connections there may be for transactions; at least 1. They are made when they are
    /// needed.
    std::size_t leases_max = 4;
    /// How many transactions may wait for a connection.
    std::size_t lease_queue_max = 256;
    /// How long a transaction waits for a connection, whatever its deadline.
    std::chrono::milliseconds lease_wait_max{5'000};
    /// How many reads may be under way or wait for a connection.
    std::size_t reads_max = 8'192;
    /// How many units may wait for the commit before theirs.
    std::size_t units_max = 8'192;
    /// How often a unit or a transaction is tried that loses to another by a deadlock or a failed
    /// serialisation.
    int attempts_max = 4;
    /// How long a unit's statement waits for a lock at a time; a random part of up to a half is
    /// taken off. It is shorter than PostgreSQL's own deadlock_timeout of a second, so that two
    /// groups that wait for each other stop waiting before the server finds a deadlock.
    std::chrono::milliseconds lock_wait_max{800};
    /// How many units a commit may have.
    std::size_t group_units_max = 256;
    /// How many bytes one answer may have, as it is sent.
    std::size_t result_bytes_max = 64 * 1024 * 1024;
    /// How long connecting may take, from resolving the name to the first query.
    std::chrono::milliseconds connect_time_max{5'000};
    /// The pauses between attempts to connect. They double from the first value to the last; a
    /// random part of up to a half is taken off.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{2'000};
    /// The server's own time limit for a statement. It ends statements that nobody cancels any
    /// more.
    std::chrono::milliseconds statement_time_max{15'000};
    /// How long a transaction may be open. The server's limit for idling inside of a transaction
    /// follows from it.
    std::chrono::milliseconds transaction_time_max{10'000};
    /// A connection whose answer is overdue by this time counts as lost.
    std::chrono::milliseconds silence_max{5'000};
    /// How long a migration waits for that of another process, or for a lock on the tables it
    /// changes.
    std::chrono::milliseconds migration_lock_max{60'000};
    /// Returns the URL as it is now, for URLs that may get another user or password while the
    /// process runs. It is called before each connection, from any thread. Null if the URL stays.
    std::function<std::string()> current_url{};
};

}  // namespace tw::sql::pg
