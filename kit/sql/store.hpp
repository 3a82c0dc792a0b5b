#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/migration.hpp"
#include "kit/sql/postgres/postgres_options.hpp"
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
    /// Units that `Database::write` acknowledged.
    std::uint64_t units = 0;
    /// Commits that carried them.
    std::uint64_t commits = 0;
};

/// A database as it was at one moment, for as long as this object lives.
class Snapshot {
 public:
    virtual ~Snapshot() = default;
    /// Writes it to a file of its own; errors and promises as `back_up` (kit/sql/backup.hpp). Blocks.
    virtual Result<void> write_to(const std::string& path, const std::atomic<bool>& abandoned) = 0;
};

/// One database of the process, whatever its engine: what the loops' Databases share. Thread-safe; outlives them.
class Store {
 public:
    virtual ~Store() = default;

    /// Brings the schema up to date. FAILED_PRECONDITION with reason MIGRATION_CHANGED when an applied migration's text is
    /// another now, MIGRATION_UNKNOWN when the database is ahead of this program. Blocks: call it at start.
    virtual Result<void> migrate(const Schema& schema) = 0;

    /// The schema's migrations, and which of them are applied; errors as `migrate`. Changes nothing. Blocks.
    virtual Result<std::vector<MigrationState>> migrations(const Schema& schema) = 0;

    /// FAILED_PRECONDITION, DATABASE_NOT_DURABLE, where the engine is set up so that an acknowledged change may be lost, naming
    /// what to set; production does not start then. Blocks: call it at start.
    virtual Result<void> check_durability() = 0;

    /// This database on `loop`. The telemetry is the module's.
    virtual std::unique_ptr<Database> connect(EventLoop& loop, telemetry::Telemetry telemetry) = 0;

    /// What `GET /ready?verbose` says: nothing, or why the database is of no use now. Does not block.
    virtual Result<void> health() const = 0;

    virtual StoreStats stats() const = 0;

    /// For copies: lets nobody commit until the result goes, and begins to read the database as it is now. UNIMPLEMENTED,
    /// BACKUP_BY_SERVER, where the engine has better means. Both block for a moment. See `back_up`.
    virtual Result<std::shared_ptr<void>> hold_writes();
    virtual Result<std::unique_ptr<Snapshot>> snapshot();
};

/// Opens "sqlite:PATH" ("sqlite::memory:" for tests: one private database) or "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
/// ("postgres://" is the same). INVALID_ARGUMENT for another URL, naming what is known; UNAVAILABLE when it cannot be opened;
/// FAILED_PRECONDITION, DATABASE_REFUSED, when the server does not let us in, with the setting to mend. Blocks: call it at
/// start. `workers` runs what blocks; it outlives the store. `postgres` is for PostgreSQL alone.
Result<std::unique_ptr<Store>> open_store(std::string_view url, WorkerPool& workers, const pg::PostgresOptions& postgres = {});

}  // namespace tw::sql
