#include "kit/sql/postgres/migrate.hpp"

#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

// The lock's number is arbitrary but must never change: "tradewin" in ASCII. The lock ends with its
// transaction, so that none is left on a connection that a pooler keeps.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(8390876165084735854)";
constexpr const char* kFindHolder =
    "SELECT a.pid, coalesce(a.application_name, ''), coalesce(host(a.client_addr), 'this host') FROM pg_locks l JOIN "
    "pg_stat_activity "
    "a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname "
    "= "
    "current_database()) AND (l.classid::bigint << 32 | l.objid::bigint) = 8390876165084735854 LIMIT 1";

constexpr const char* kHasHistory = "SELECT to_regclass('tw_migrations') IS NOT NULL, current_schema() IS NOT NULL";
constexpr const char* kCreateHistory =
    "CREATE TABLE IF NOT EXISTS tw_migrations ("
    "schema text NOT NULL, version integer NOT NULL, name text NOT NULL, checksum text NOT NULL, "
    "applied_at timestamptz NOT NULL, CONSTRAINT tw_migrations_pkey PRIMARY KEY (schema, version))";
constexpr const char* kReadHistory = "SELECT version, name, checksum FROM tw_migrations WHERE schema = $1 ORDER BY version";
constexpr const char* kAddHistory =
    "INSERT INTO tw_migrations (schema, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, now())";

/// Names the session that has had the lock for too long. All other errors are returned unchanged.
Error explain_lock(BlockingConnection& connection, const PostgresOptions& options, Error error) {
    if (sqlstate_of(error) != "55P03") return error;
    if (auto ended = connection.run("ROLLBACK"); !ended) return std::move(ended).error();
    const auto holders = connection.query(kFindHolder);
    const auto seconds = std::chrono::duration<double>(options.migration_lock_max).count();
    auto detail =
        fmt::format("another session has held the migration lock of {} for {} s", connection.target().to_string(), seconds);
    if (holders && !holders->empty()) {
        const auto& holder = holders->front();
        detail +=
            fmt::format(": process {} of the server, \"{}\" from {}; wait for it, or end it with SELECT pg_terminate_backend({})",
                        holder[0], holder[1], holder[2], holder[0]);
    }
    return Error{Code::unavailable, "MIGRATION_LOCKED", std::move(detail)}.with_cause(error.cause());
}

/// Begins a transaction that has the lock, and reads which migrations were applied. Nobody can
/// change that meanwhile.
Result<std::vector<AppliedMigration>> begin(BlockingConnection& connection, const Schema& schema,
                                            const PostgresOptions& options) {
    if (auto begun = connection.run("BEGIN"); !begun) return std::move(begun).error();
    const auto session = fmt::format(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}; SET LOCAL idle_in_transaction_session_timeout = 0",
        options.migration_lock_max.count());
    if (auto set = connection.run(session); !set) return std::move(set).error();
    if (auto locked = connection.run(kLock); !locked) return explain_lock(connection, options, std::move(locked).error());
    if (auto created = connection.run(kCreateHistory); !created) return std::move(created).error();
    return read_history(connection, schema.name);
}

Result<void> run(BlockingConnection& connection, std::string_view schema, const Migration& migration) {
    if (auto done = connection.run_script(migration.text); !done) return done;
    if (!connection.in_transaction()) return internal("a migration must not end its transaction");
    const auto noted = connection.query(kAddHistory, {std::string{schema}, std::to_string(migration.version),
                                                      std::string{migration.name}, migration_checksum(migration.text)});
    if (!noted) return noted.error();
    return connection.run("COMMIT");
}

/// Whether the migration's text is at fault, and not the server.
bool is_fault_of_text(const Error& error) {
    return error.code() != Code::unavailable && error.code() != Code::data_loss && error.reason() != reason::kDatabaseRefused;
}

}  // namespace

Result<std::vector<AppliedMigration>> read_history(BlockingConnection& connection, std::string_view schema) {
    const auto known = connection.query(kHasHistory);
    if (!known) return known.error();
    // A database without a schema has no place for tables. It would look like one that lacks all
    // tables.
    if (known->front().back() != "t") return no_schema(connection.target());
    std::vector<AppliedMigration> applied;
    if (known->front().front() != "t") return applied;
    const auto rows = connection.query(kReadHistory, {std::string{schema}});
    if (!rows) return rows.error();
    for (const auto& row : *rows) applied.push_back({std::atoi(row[0].c_str()), row[1], row[2]});
    return applied;
}

Result<void> apply_migrations(BlockingConnection& connection, const Schema& schema, const PostgresOptions& options) {
    while (true) {
        const auto history = begin(connection, schema, options);
        if (!history) return history.error();
        const auto applied = check_history(schema.name, schema.postgres, *history);
        if (!applied) return applied.error();
        if (*applied == schema.postgres.size()) return connection.run("COMMIT");

        const auto& migration = schema.postgres[*applied];
        auto done = run(connection, schema.name, migration);
        if (done) continue;
        if (!is_fault_of_text(done.error())) return done;
        static_cast<void>(connection.run("ROLLBACK"));
        return migration_failed(schema.name, migration, done.error());
    }
}

}  // namespace tw::sql::pg
