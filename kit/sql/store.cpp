#include "kit/sql/store.hpp"

#include "kit/sql/postgres/postgres_store.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/sqlite/sqlite_store.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace tw::sql {
namespace {

Error by_server() {
    return Error{Code::unimplemented, "BACKUP_BY_SERVER", "back up this database with the tools of its server: pg_dump"};
}

}  // namespace

Result<void> Store::migrate(const Schema& schema) {
    for (const auto& used : schema.uses) {
        if (auto migrated = migrate(used()); !migrated) return migrated;
    }
    return do_migrate(schema);
}

Result<std::vector<MigrationState>> Store::migrations(const Schema& schema) {
    std::vector<MigrationState> states;
    for (const auto& used : schema.uses) {
        auto of_used = migrations(used());
        if (!of_used) return of_used;
        std::ranges::move(*of_used, std::back_inserter(states));
    }
    auto own = do_migrations(schema);
    if (!own) return own;
    std::ranges::move(*own, std::back_inserter(states));
    return states;
}

Result<std::shared_ptr<void>> Store::hold_writes() { return by_server(); }
Result<std::unique_ptr<Snapshot>> Store::snapshot() { return by_server(); }

Result<std::unique_ptr<Store>> open_store(std::string_view url, WorkerPool& workers, const pg::PostgresOptions& postgres) {
    const auto colon = url.find(':');
    // A URL may hold a password, so the error repeats only its scheme.
    const auto scheme = url.substr(0, colon);
    if (colon != std::string_view::npos) {
        if (scheme == "sqlite") return open_sqlite_store(url.substr(colon + 1), workers);
        if (scheme == "postgresql" || scheme == "postgres") return pg::open_postgres_store(url, postgres);
    }
    return Error{Code::invalid_argument, reason::kUnknownDatabase,
                 "a database URL is sqlite:PATH, sqlite::memory: or postgresql://USER:PASSWORD@HOST:PORT/DATABASE" +
                     (colon == std::string_view::npos ? std::string{} : ", not " + std::string{scheme} + ":…")};
}

}  // namespace tw::sql
