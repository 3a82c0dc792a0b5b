#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/async/run.hpp"
#include "kit/redis/client.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/shared_caches.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

Task<RedisState> read_redis_state(redis::Client& client) {
    RootCall call{client.loop()};
    RedisState state;
    redis::Command persistence{"INFO", {"persistence"}};
    const auto saved = co_await client.run(call.context(), std::move(persistence));
    if (saved) state.aof = info_value(saved->text(), "aof_enabled");
    redis::Command memory{"INFO", {"memory"}};
    const auto used = co_await client.run(call.context(), std::move(memory));
    if (used) state.policy = info_value(used->text(), "maxmemory_policy");
    // Managed servers often do not allow this command.
    redis::Command snapshots{"CONFIG", {"GET", "save"}};
    const auto configured = co_await client.run(call.context(), std::move(snapshots));
    if (configured && configured->size() == 2) state.snapshots = std::string{configured->at(1).text()};
    co_return state;
}

}  // namespace

std::string info_value(std::string_view info, std::string_view name) {
    while (!info.empty()) {
        const auto end = std::min(info.find("\r\n"), info.size());
        const auto line = info.substr(0, end);
        if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
            return std::string{line.substr(name.size() + 1)};
        }
        info.remove_prefix(std::min(end + 2, info.size()));
    }
    return {};
}

void judge_redis(const RedisState& state, bool keeps_events, Findings& findings) {
    constexpr auto kPersist = "set appendonly yes (docs/guide/redis.md)";
    const bool snapshots = state.snapshots && !state.snapshots->empty();
    if (state.aof == "1") {
        findings.ok("writes an append-only file");
    } else if (snapshots) {
        findings.warn(
            fmt::format("writes snapshots only (save {}), so a crash loses what came after the last one", *state.snapshots),
            kPersist);
    } else if (state.aof.empty() || !state.snapshots) {
        findings.warn("does not tell whether it keeps its data over a restart",
                      "ask who runs the server; appendonly yes is best");
    } else if (keeps_events) {
        findings.fail("keeps nothing over a restart, so events that are not yet read are lost", kPersist);
    } else {
        findings.warn("keeps nothing over a restart, so the cache and the limits begin anew", kPersist);
    }
    if (state.policy.empty()) {
        findings.warn("does not tell its maxmemory-policy", "it should be volatile-lru or noeviction");
    } else if (keeps_events && state.policy.starts_with("allkeys")) {
        findings.fail(fmt::format("maxmemory-policy {} may drop events when memory is full", state.policy),
                      "set maxmemory-policy volatile-lru");
    } else {
        findings.ok(fmt::format("maxmemory-policy is {}", state.policy));
    }
}

void check_redis(const Setup& setup, Findings& findings) {
    const auto settings = runtime::SharedCaches::redis_settings(setup.config);
    if (!settings) return findings.fail(settings.error().detail(), "correct redis.url and the other settings redis.*");
    if (!*settings) return findings.skipped("redis.url is not set: each process has its own cache and rate limits");
    Instruments tools;
    redis::Client client{tools.loop, **settings, tools.telemetry()};
    findings.begin("asking " + (*settings)->to_string());
    RootCall call{tools.loop};
    const auto checked = run_until_done(tools.loop, client.check(call.context(), setup.config.program().key_prefix()));
    if (!checked) return findings.fail(checked.error().detail(), "start the server, or correct redis.url");
    findings.ok(fmt::format("{} allows reading, writing and running scripts", (*settings)->to_string()));
    const auto state = run_until_done(tools.loop, read_redis_state(client));
    judge_redis(state, runtime::events_settings(setup.config).bus == runtime::EventsBus::redis, findings);
}

}  // namespace tw::app
