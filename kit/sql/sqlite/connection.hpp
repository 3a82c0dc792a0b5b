#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/sqlite/database_files.hpp"
#include "kit/sql/sqlite/prepared.hpp"
#include "kit/sql/statement.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

struct sqlite3;

namespace tw::sql {

/// When a running statement stops early, with CANCELLED, INTERRUPTED. The limits are checked every
/// thousand instructions of SQLite's virtual machine, which is tens of microseconds.
struct Limit {
    /// Another thread sets it when the answer is not wanted any more. Null means that this never
    /// happens.
    const std::atomic<bool>* abandoned = nullptr;
    SteadyTime until = SteadyTime::max();
    /// The most instructions, in thousands, for work that must be short.
    int kilo_steps_max = 1'000'000'000;
};

/// One connection to an SQLite file, with its prepared statements. One thread at a time may use it,
/// and the calls block that thread.
///
/// The errors are those of sql::Database. A statement with the wrong number of parameters, or with
/// other parameters than $1, $2, …, is INTERNAL.
class Connection {
 public:
    enum class Role : std::uint8_t {
        /// The one connection that writes.
        writer,
        /// Reads on an event loop. It never waits for a lock and fails with DATABASE_BUSY instead.
        loop_reader,
        /// Reads on a worker.
        scan_reader,
    };

    static Result<std::unique_ptr<Connection>> open(const std::string& path, Role role);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Result<Rows> query(const Statement& statement, std::span<const Value> parameters = {}, const Limit& limit = {});
    /// Calls `use` with each row. An error of `use` ends the reading.
    Result<void> visit(const Statement& statement, const std::function<Result<void>(const Row&)>& use);
    /// Returns the first row and does not look for others.
    Result<std::optional<Row>> query_row(const Statement& statement, std::span<const Value> parameters = {},
                                         const Limit& limit = {});
    /// Returns the number of rows changed.
    Result<std::int64_t> execute(const Statement& statement, std::span<const Value> parameters = {}, const Limit& limit = {});
    /// Runs any number of statements without parameters, which are not cached. The cause of an
    /// error begins with the line of the statement that failed, and ends with that statement.
    Result<void> run_script(const std::string& text);

    /// Checks that writes still reach the files that other programs find. Fails with STORAGE_FAILED
    /// if the files were deleted or replaced.
    Result<void> check_files() const { return files_.check(); }
    /// Writes the database as this connection sees it to a new file (`copy_to_file`).
    Result<void> copy_to(const std::string& path, const std::atomic<bool>& abandoned);

    /// Whether a transaction is open. SQLite ends a transaction by itself on some errors (disk
    /// full, out of memory).
    bool in_transaction() const;

    enum class Checkpoint : std::uint8_t { passive, truncate };
    /// Moves the content of the write-ahead log to the database file.
    Result<void> checkpoint(Checkpoint mode);
    /// The log's length after the last commit, in pages.
    int wal_pages() const { return wal_pages_; }
    /// In a simulation, the time until which the disk is busy with the last operation. Otherwise a
    /// time in the past, as calls block until the work is done.
    SteadyTime busy_until() const;
    std::size_t cached_statements() const { return prepared_.size(); }

 private:
    class Run;

    Connection(sqlite3* handle, Role role, const std::string& path);
    Result<void> configure();
    Error script_failure(const std::string& script, std::size_t begin) const;
    Result<const Prepared*> prepare(const Statement& statement);
    static int on_progress(void* self);
    static int on_commit(void* self, sqlite3* handle, const char* name, int pages);

    sqlite3* handle_;
    Role role_;
    bool simulated_;
    DatabaseFiles files_;
    std::unordered_map<const Statement*, Prepared> prepared_;
    Limit limit_;
    int kilo_steps_ = 0;
    int wal_pages_ = 0;
};

}  // namespace tw::sql
