#pragma once

#include <chrono>
#include <cstddef>

namespace tw::sql::pg {

/// How much of a server one loop takes, and how long it waits. Everything is bounded; what is beyond a bound is refused with
/// DATABASE_BUSY.
struct PostgresOptions {
    /// Connections that reads and shared commits are pipelined on; at least 1. With 2 or more, reads need not wait for commits.
    std::size_t lines = 2;
    /// Connections for transactions, made when they are needed; at least 1.
    std::size_t leases_max = 4;
    /// Transactions that wait for a connection.
    std::size_t lease_queue_max = 256;
    /// How long they wait, whatever their deadline.
    std::chrono::milliseconds lease_wait_max{5'000};
    /// Reads that are under way or wait for a connection.
    std::size_t reads_max = 8'192;
    /// Units that wait for the commit before theirs.
    std::size_t units_max = 8'192;
    /// How often a unit or a transaction is tried that loses to another, by a deadlock or a failed serialisation.
    int attempts_max = 4;
    /// How long a unit's statement waits for a lock at a time, less up to a half at random. Shorter than PostgreSQL's own
    /// deadlock_timeout of a second, so that two groups that wait for each other are parted before the server finds a deadlock.
    std::chrono::milliseconds lock_wait_max{800};
    /// Units in one commit.
    std::size_t group_units_max = 256;
    /// One answer, as it comes over the wire.
    std::size_t result_bytes_max = 64 * 1024 * 1024;
    /// From the look-up of the name to the first query.
    std::chrono::milliseconds connect_time_max{5'000};
    /// Waits between attempts to connect: the first, doubling up to the last, each cut by up to a half at random.
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{2'000};
    /// The server's own limit on a statement, for what nobody here cancels any more.
    std::chrono::milliseconds statement_time_max{15'000};
    /// The longest that a transaction is held open, and the server's limit on idling inside of one.
    std::chrono::milliseconds transaction_time_max{10'000};
    /// An answer that does not come for so long, although it should, is taken for a lost connection.
    std::chrono::milliseconds silence_max{5'000};
    /// How long a migration waits for another process's, or for a lock on what it changes.
    std::chrono::milliseconds migration_lock_max{60'000};
};

}  // namespace tw::sql::pg
