#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/async/run.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/sql/store.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr sql::Statement kIntegrity{"PRAGMA quick_check", "PRAGMA quick_check"};

Task<Result<std::string>> read_integrity(sql::Database& database, EventLoop& loop) {
    RootCall call{loop};
    const auto rows = co_await database.query(call.context(), kIntegrity);
    if (!rows) co_return rows.error();
    co_return rows->empty() ? std::string{"no answer"} : rows->front().get<std::string>(0);
}

/// The end of what the finding says: which migrations the database has.
void check_migrations(sql::Store& store, const sql::Schema& schema, const std::string& shown, Findings& findings) {
    const auto states = store.migrations(schema);
    if (!states) {
        const bool newer = states.error().reason() == "MIGRATION_UNKNOWN";
        return findings.fail(fmt::format("{}: {}", shown, states.error().detail()),
                             newer ? "start the newer version of the program, or restore a backup from before it"
                                   : "see the migrations with tradewind migrate --status");
    }
    const auto applied = static_cast<std::size_t>(std::ranges::count(*states, true, &sql::MigrationState::applied));
    const auto pending = states->size() - applied;
    if (pending == 0) return findings.ok(fmt::format("{} has all {} migrations", shown, applied));
    findings.warn(fmt::format("{} has {} migrations, and {} are pending", shown, applied, pending),
                  "run tradewind migrate; otherwise the next start applies them");
}

void check_durability(const runtime::Config& config, sql::Store& store, const std::string& shown, bool sqlite,
                      Findings& findings) {
    const auto durable = store.check_durability();
    if (durable) {
        const auto how =
            sqlite ? "each commit is synced (synchronous = FULL)" : "fsync, full_page_writes and synchronous_commit are on";
        return findings.ok(fmt::format("{} keeps what it acknowledged: {}", shown, how));
    }
    const auto remedy = "set it on in postgresql.conf, or for the role and the database";
    const bool production = runtime::profile_of(config) == runtime::Profile::production;
    production ? findings.fail(durable.error().detail(), remedy) : findings.warn(durable.error().detail(), remedy);
}

void check_integrity(sql::Store& store, Instruments& tools, const std::string& shown, Findings& findings) {
    findings.begin("reading the whole file " + shown, CheckState::warn);
    const auto database = store.connect(tools.loop, tools.telemetry());
    const auto integrity = run_until_done(tools.loop, read_integrity(*database, tools.loop));
    if (integrity && *integrity == "ok") return findings.ok(shown + " is not damaged");
    findings.fail(fmt::format("{} is damaged: {}", shown, integrity ? *integrity : integrity.error().detail()),
                  "restore a backup (tradewind restore)");
}

}  // namespace

void check_database(const Setup& setup, const runtime::ModuleSpec& module, Findings& findings) {
    if (std::ranges::find(setup.running, module.name) != setup.running.end()) {
        return findings.skipped("the running process uses it; see /ready on its operations port");
    }
    const auto url = runtime::database_url(setup.config, module);
    const auto shown = runtime::shown_database_url(setup.config, module);
    const bool sqlite = url.starts_with("sqlite:");
    std::error_code unreachable;
    if (sqlite && !std::filesystem::exists(url.substr(url.find(':') + 1), unreachable) && !unreachable) {
        return findings.ok(fmt::format("{} does not exist yet; the first start creates it", shown));
    }
    Instruments tools;
    findings.begin("waiting for the check of another database");
    std::unique_lock alone{*setup.postgres, std::defer_lock};
    if (!sqlite) alone.lock();
    findings.begin("opening " + shown);
    const auto store = sql::open_store(url, tools.workers, runtime::postgres_options(setup.config));
    if (!store) {
        return findings.fail(store.error().detail(),
                             fmt::format("start the server, or correct database.url or {}.database_url", module.name));
    }
    findings.begin("asking " + shown);
    check_migrations(**store, module.schema(), shown, findings);
    check_durability(setup.config, **store, shown, sqlite, findings);
    if (sqlite) check_integrity(**store, tools, shown, findings);
}

}  // namespace tw::app
