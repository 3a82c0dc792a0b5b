#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/doctor_ports.hpp"
#include "apps/tradewind/doctor_upstreams.hpp"
#include "apps/tradewind/findings.hpp"
#include "apps/tradewind/instruments.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/async/run.hpp"
#include "kit/redis/client.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/shared_caches.hpp"
#include "kit/sql/store.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr sql::Statement kIntegrity{"PRAGMA quick_check", "PRAGMA quick_check"};

/// Checks the data folder, and returns the modules whose files a running process has locked.
std::vector<std::string> check_folder(const runtime::Config& config, Findings& findings) {
    std::vector<std::string> running;
    const auto folder = runtime::process_settings(config).data_folder;
    std::error_code unreachable;
    // If the folder cannot be accessed, make_data_folder reports the reason.
    if (!std::filesystem::exists(folder, unreachable) && !unreachable) {
        findings.note(fmt::format("the data folder {} does not exist yet; it is made at the first start", folder));
        return running;
    }
    if (const auto made = runtime::make_data_folder(folder); !made) {
        findings.bad(made.error().detail());
        return running;
    }
    findings.good(fmt::format("the data folder {} can be written to", folder));
    for (const auto& module : modules()) {
        if (module.schema == nullptr || !runtime::keeps_data_in_folder(config, module)) continue;
        const auto lock = runtime::lock_module(config.program(), folder, module.name);
        if (lock) continue;
        if (lock.error().reason() != reason::kDataFolderInUse) {
            findings.bad(lock.error().detail());
            continue;
        }
        findings.note(fmt::format("a running tradewind uses it for the module {}", module.name));
        running.emplace_back(module.name);
    }
    return running;
}

Result<std::size_t> count_pending(sql::Store& store, const sql::Schema& schema) {
    const auto states = store.migrations(schema);
    if (!states) return states.error();
    return static_cast<std::size_t>(std::ranges::count_if(*states, [](const auto& state) { return !state.applied; }));
}

Task<Result<std::string>> check_integrity(sql::Database& database, EventLoop& loop) {
    RootCall call{loop};
    const auto rows = co_await database.query(call.context(), kIntegrity);
    if (!rows) co_return rows.error();
    co_return rows->empty() ? std::string{"no answer"} : rows->front().get<std::string>(0);
}

void check_database(const runtime::Config& config, const runtime::ModuleSpec& module, Instruments& tools, Findings& findings) {
    const auto url = runtime::database_url(config, module);
    const auto shown = runtime::shown_database_url(config, module);
    const bool sqlite = url.starts_with("sqlite:");
    std::error_code unreachable;
    if (sqlite && !std::filesystem::exists(url.substr(url.find(':') + 1), unreachable) && !unreachable) {
        return findings.note(fmt::format("{}: {} does not exist yet; it is made at the first start", module.name, shown));
    }
    const auto store = sql::open_store(url, tools.workers, runtime::postgres_options(config));
    if (!store) return findings.bad(fmt::format("{}: {}", module.name, store.error().detail()));
    const auto pending = count_pending(**store, module.schema());
    if (!pending) return findings.bad(fmt::format("{}: {}: {}", module.name, shown, pending.error().detail()));
    if (*pending > 0) {
        findings.bad(fmt::format("{}: {} lacks {} migration(s); run tradewind migrate", module.name, shown, *pending));
    } else {
        findings.good(fmt::format("{}: the schema in {} is up to date", module.name, shown));
    }
    if (!sqlite) return;
    const auto database = (*store)->connect(tools.loop, tools.telemetry());
    const auto integrity = run_until_done(tools.loop, check_integrity(*database, tools.loop));
    if (!integrity || *integrity != "ok") {
        findings.bad(
            fmt::format("{}: {} is damaged: {}", module.name, shown, integrity ? *integrity : integrity.error().detail()));
    }
}

void check_certificates(const runtime::Config& config, Findings& findings) {
    constexpr std::int64_t kSoonDays = 14;
    const auto known = modules();
    const auto tls = runtime::ProcessTls::make(config, known);
    if (!tls) return findings.bad(tls.error().detail());
    if (const auto safe = runtime::check_exposure(config, known); !safe) findings.bad(safe.error().detail());
    if (!tls->any()) return findings.note("none is set: the ports are served in the clear (tradewind certs dev makes some)");
    const auto now = SystemClock{}.now();
    for (const auto& certificate : tls->certificates()) {
        const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - now).count();
        const auto what = fmt::format("{} ({}) ", certificate.file, certificate.subject);
        if (!certificate.ca_problem.empty()) {
            findings.bad(what + "is one that other modules refuse: " + certificate.ca_problem);
            continue;
        }
        if (certificate.not_after <= now) {
            findings.bad(what + "has expired at " + certificate.not_after.to_string());
        } else if (days < kSoonDays) {
            findings.note(what + fmt::format("expires in {} day(s); replace its file, no restart is needed", days));
        } else {
            findings.good(what + fmt::format("is good for {} days", days));
        }
    }
}

void check_redis(const runtime::Config& config, Instruments& tools, Findings& findings) {
    const auto settings = runtime::SharedCaches::redis_settings(config);
    if (!settings) return findings.bad(settings.error().detail());
    if (!*settings) return findings.note("redis.url is not set: rows and limits are kept in each process");
    redis::Client client{tools.loop, **settings, tools.telemetry()};
    RootCall call{tools.loop};
    const auto checked = run_until_done(tools.loop, client.check(call.context(), config.program().key_prefix()));
    if (!checked) return findings.bad(checked.error().detail());
    findings.good(fmt::format("{} lets us read, write and run scripts", (*settings)->to_string()));
}

}  // namespace

int doctor(const runtime::Config& config) {
    Findings findings;
    Instruments tools;
    findings.section("configuration");
    findings.good("every setting is valid (tradewind config show lists them)");
    for (const auto& warning : config.warnings()) findings.note(warning);
    findings.section("data folder");
    const auto running = check_folder(config, findings);
    findings.section("ports");
    check_ports(config, !running.empty(), tools, findings);
    findings.section("databases");
    for (const auto& module : modules()) {
        if (module.schema == nullptr) continue;
        if (std::find(running.begin(), running.end(), module.name) != running.end()) {
            findings.note(fmt::format("{}: looked after by the running process; its /ready says how it is", module.name));
        } else {
            check_database(config, module, tools, findings);
        }
    }
    findings.section("certificates");
    check_certificates(config, findings);
    findings.section("redis");
    check_redis(config, tools, findings);
    findings.section("other modules");
    check_upstreams(config, tools, findings);

    if (findings.problems() == 0) {
        fmt::print("Nothing is in the way.\n");
        return 0;
    }
    fmt::print("{} problem(s) found.\n", findings.problems());
    return 1;
}

}  // namespace tw::app
