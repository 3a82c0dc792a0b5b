#include "kit/sql/postgres/migrate.hpp"

#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

// Any number, the same for ever: "tradewin" in ASCII.
constexpr const char* kLock = "SELECT pg_advisory_lock(8390876165084735854)";
constexpr const char* kSession =
    "SET statement_timeout = 0; SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0";

constexpr const char* kHasHistory = "SELECT to_regclass('tw_migrations') IS NOT NULL";
constexpr const char* kCreateHistory =
    "CREATE TABLE IF NOT EXISTS tw_migrations ("
    "schema text NOT NULL, version integer NOT NULL, name text NOT NULL, checksum text NOT NULL, "
    "applied_at timestamptz NOT NULL, CONSTRAINT tw_migrations_pkey PRIMARY KEY (schema, version))";
constexpr const char* kReadHistory = "SELECT version, name, checksum FROM tw_migrations WHERE schema = $1 ORDER BY version";
constexpr const char* kAddHistory =
    "INSERT INTO tw_migrations (schema, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, now())";

Result<void> run(BlockingConnection& connection, std::string_view schema, const Migration& migration) {
    if (auto begun = connection.run("BEGIN"); !begun) return begun;
    if (auto done = connection.run(std::string{migration.text}); !done) return done;
    if (!connection.in_transaction()) return internal("a migration must not end its transaction");
    const auto noted = connection.query(kAddHistory, {std::string{schema}, std::to_string(migration.version),
                                                      std::string{migration.name}, migration_checksum(migration.text)});
    if (!noted) return noted.error();
    return connection.run("COMMIT");
}

/// The server's trouble is said as it is; anything else is a fault of the text.
bool is_fault_of_text(const Error& error) {
    return error.code() != Code::unavailable && error.code() != Code::data_loss && error.reason() != "DATABASE_REFUSED";
}

}  // namespace

Result<std::vector<AppliedMigration>> read_history(BlockingConnection& connection, std::string_view schema) {
    const auto known = connection.query(kHasHistory);
    if (!known) return known.error();
    std::vector<AppliedMigration> applied;
    if (known->front().front() != "t") return applied;
    const auto rows = connection.query(kReadHistory, {std::string{schema}});
    if (!rows) return rows.error();
    for (const auto& row : *rows) applied.push_back({std::atoi(row[0].c_str()), row[1], row[2]});
    return applied;
}

Result<void> apply_migrations(BlockingConnection& connection, const Schema& schema) {
    if (auto set = connection.run(kSession); !set) return set;
    if (auto locked = connection.run(kLock); !locked) return locked;
    if (auto created = connection.run(kCreateHistory); !created) return created;
    const auto history = read_history(connection, schema.name);
    if (!history) return history.error();
    const auto applied = check_history(schema.name, schema.postgres, *history);
    if (!applied) return applied.error();

    for (const auto& migration : schema.postgres.subspan(*applied)) {
        auto done = run(connection, schema.name, migration);
        if (done) continue;
        if (!is_fault_of_text(done.error())) return done;
        static_cast<void>(connection.run("ROLLBACK"));
        return Error{Code::internal, "MIGRATION_FAILED",
                     fmt::format("migration {} (\"{}\") of schema \"{}\" failed", migration.version, migration.name, schema.name)}
            .with_cause(done.error().cause());
    }
    return {};
}

}  // namespace tw::sql::pg
