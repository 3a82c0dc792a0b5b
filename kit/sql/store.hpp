#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/postgres_options.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql {

/// What a store has written since it was opened, for metrics and tests.
struct StoreStats {
    /// How many units `Database::write` acknowledged.
    std::uint64_t units = 0;
    /// How many commits they needed.
    std::uint64_t commits = 0;
};

/// The state of a database at one moment. It exists as long as this object.
class Snapshot {
 public:
    virtual ~Snapshot() = default;
    /// Writes the state to a file. The errors and guarantees are those of `back_up`
    /// (kit/sql/backup.hpp). The call blocks.
    virtual Result<void> write_to(const std::string& path, const std::atomic<bool>& abandoned) = 0;
};

/// One database of the process, with any engine: the part that the loops' Databases share.
/// Thread-safe. A Store outlives them.
class Store {
 public:
    virtual ~Store() = default;

    /// Brings the schema up to date, and before it the schemas that it uses. Fails with
    /// FAILED_PRECONDITION, reason MIGRATION_CHANGED, if an applied migration's text has changed,
    /// and MIGRATION_UNKNOWN if the database is ahead of this program. The call blocks: make it at
    /// start.
    Result<void> migrate(const Schema& schema);

    /// Returns the migrations of the schemas that the schema uses and then its own, and which of
    /// them are applied. The errors are those of `migrate`. Changes nothing. The call blocks.
    Result<std::vector<MigrationState>> migrations(const Schema& schema);

    /// Fails with FAILED_PRECONDITION, DATABASE_NOT_DURABLE if the engine's settings allow that an
    /// acknowledged change is lost. The detail names what to set. A process in production does not
    /// start then. The call blocks: make it at start.
    virtual Result<void> check_durability() = 0;

    /// Makes the access to this database for `loop`. `telemetry` is the module's.
    virtual std::unique_ptr<Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) = 0;

    /// Returns success, or why the database cannot be used now, for `GET /ready?verbose`. It does
    /// not block.
    virtual Result<void> health() const = 0;

    virtual StoreStats stats() const = 0;

    /// These two are for copies. hold_writes lets nobody commit until the result is destroyed.
    /// snapshot begins to read the database as it is now. Both fail with UNIMPLEMENTED,
    /// BACKUP_BY_SERVER if the engine has better means. Both block for a moment. See `back_up`.
    virtual Result<std::shared_ptr<void>> hold_writes();
    virtual Result<std::unique_ptr<Snapshot>> snapshot();

 private:
    /// These two do the work of `migrate` and `migrations` for the schema alone.
    virtual Result<void> do_migrate(const Schema& schema) = 0;
    virtual Result<std::vector<MigrationState>> do_migrations(const Schema& schema) = 0;
};

/// Opens "sqlite:PATH" ("sqlite::memory:" for tests: one private database) or
/// "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" (or "postgres://"). Fails with INVALID_ARGUMENT
/// for another URL; the detail lists the known forms. Fails with UNAVAILABLE if the database cannot
/// be opened. Fails with FAILED_PRECONDITION, DATABASE_REFUSED if the server refuses the
/// connection; the detail says which setting to change. The call blocks: make it at start.
/// `workers` runs blocking work and must outlive the store. `postgres` is for PostgreSQL only.
Result<std::unique_ptr<Store>> open_store(std::string_view url, WorkerPool& workers, const pg::PostgresOptions& postgres = {});

}  // namespace tw::sql
