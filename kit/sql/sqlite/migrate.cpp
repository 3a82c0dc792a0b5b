#include "kit/sql/sqlite/migrate.hpp"

#include "kit/base/clock.hpp"
#include "kit/sql/history.hpp"
#include "kit/sql/sqlite/control.hpp"

#include <string>
#include <vector>

namespace tw::sql {
namespace {

constexpr Statement kCreateHistory{
    "CREATE tw_migrations",
    "CREATE TABLE IF NOT EXISTS tw_migrations ("
    "schema TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, "
    "applied_at INTEGER NOT NULL, CONSTRAINT tw_migrations_pkey PRIMARY KEY (schema, version)) STRICT"};
constexpr Statement kFindHistory{"SELECT sqlite_schema",
                                 "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'tw_migrations'"};
constexpr Statement kReadHistory{"SELECT tw_migrations",
                                 "SELECT version, name, checksum FROM tw_migrations WHERE schema = $1 ORDER BY version"};
constexpr Statement kAddHistory{
    "INSERT tw_migrations",
    "INSERT INTO tw_migrations (schema, version, name, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)"};

Result<std::vector<AppliedMigration>> read_history(Connection& connection, std::string_view schema) {
    const auto rows = connection.query(kReadHistory, to_values(schema));
    if (!rows) return rows.error();
    std::vector<AppliedMigration> applied;
    for (const auto& row : *rows) applied.push_back({row.get<int>(0), row.get<std::string>(1), row.get<std::string>(2)});
    return applied;
}

Result<void> run(Connection& connection, std::string_view schema, const Migration& migration) {
    if (auto begun = connection.execute(kBegin); !begun) return begun.error();
    if (auto done = connection.run_script(std::string{migration.text}); !done) return done;
    if (!connection.in_transaction()) return internal("a migration must not end its transaction");
    auto noted = connection.execute(kAddHistory, to_values(schema, migration.version, migration.name,
                                                           migration_checksum(migration.text), SystemClock{}.now()));
    if (!noted) return noted.error();
    return commit(connection);
}

}  // namespace

Result<void> apply_migrations(Connection& connection, const Schema& schema) {
    if (auto created = connection.execute(kCreateHistory); !created) return created.error();
    const auto history = read_history(connection, schema.name);
    if (!history) return history.error();
    const auto applied = check_history(schema.name, schema.sqlite, *history);
    if (!applied) return applied.error();

    for (const auto& migration : schema.sqlite.subspan(*applied)) {
        auto done = run(connection, schema.name, migration);
        if (done) continue;
        roll_back(connection);
        // An error of the storage is returned as it is. Any other is a fault of the migration's
        // text.
        if (done.error().code() == Code::unavailable || done.error().code() == Code::data_loss) return done;
        return migration_failed(schema.name, migration, done.error());
    }
    return {};
}

Result<std::vector<MigrationState>> list_migrations(Connection& connection, const Schema& schema) {
    const auto known = connection.query_row(kFindHistory);
    if (!known) return known.error();
    std::vector<AppliedMigration> applied;
    if (*known) {
        auto history = read_history(connection, schema.name);
        if (!history) return history.error();
        applied = std::move(*history);
    }
    return migration_states(schema.name, schema.sqlite, applied);
}

}  // namespace tw::sql
