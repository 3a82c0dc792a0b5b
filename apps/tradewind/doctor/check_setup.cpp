#include "apps/tradewind/doctor/checks.hpp"
#include "apps/tradewind/modules.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/profile_rules.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/resource.h>
#include <system_error>
#include <thread>

#include <fmt/format.h>

namespace tw::app {
namespace {

/// Returns how many descriptors a process with these settings may need.
std::uint64_t needed_descriptors(const Setup& setup) {
    // Files, event loops, and connections to Redis, the collector and other modules.
    constexpr std::uint64_t kOther = 256;
    std::uint64_t needed = kOther;
    runtime::ConnectionUsers users;
    for (const auto& module : modules()) users.known += module.schema != nullptr ? 1 : 0;
    for (const auto& module : setup.modules) {
        if (module.serves_http) needed += runtime::http_limits(setup.config).connections_max;
        if (module.grpc_port != 0) needed += runtime::rpc_limits(setup.config).connections_max;
        if (module.schema == nullptr) continue;
        users.here += runtime::database_url(setup.config, module).starts_with("sqlite:") ? 0 : 1;
    }
    const auto plan = runtime::plan_connections(setup.config, std::thread::hardware_concurrency(), users);
    return needed + (plan ? plan->connections : 0);
}

}  // namespace

std::vector<std::string> check_folder(const Setup& setup, Findings& findings) {
    std::vector<std::string> running;
    const auto& config = setup.config;
    const auto in_folder = [&](const runtime::ModuleSpec& module) {
        return module.schema != nullptr && runtime::keeps_data_in_folder(config, module);
    };
    if (std::ranges::none_of(setup.modules, in_folder)) {
        findings.skipped("no module keeps its data there");
        return running;
    }
    const auto folder = runtime::process_settings(config).data_folder;
    std::error_code unreachable;
    // If the folder cannot be accessed, make_data_folder reports the reason.
    if (!std::filesystem::exists(folder, unreachable) && !unreachable) {
        findings.ok(fmt::format("{} does not exist yet; the first start creates it", folder));
        return running;
    }
    if (const auto made = runtime::make_data_folder(folder); !made) {
        findings.fail(made.error().detail(), "change its permissions, or choose another folder (--data)");
        return running;
    }
    findings.ok(fmt::format("{} is writable", folder));
    for (const auto& module : setup.modules) {
        if (!in_folder(module)) continue;
        const auto lock = runtime::lock_module(config.program(), folder, module.name);
        if (lock) continue;
        if (lock.error().reason() != reason::kDataFolderInUse) {
            findings.fail(lock.error().detail(), "change the permissions of the file, or choose another folder (--data)");
            continue;
        }
        findings.ok(fmt::format("a running tradewind uses it for module {}", module.name));
        running.emplace_back(module.name);
    }
    return running;
}

void check_settings(const Setup& setup, Findings& findings) {
    for (const auto& warning : setup.config.warnings()) findings.warn(warning, "correct the setting, or remove it");
    if (const auto valid = runtime::check_ops_settings(setup.config); !valid) {
        findings.fail(valid.error().detail(), "see the settings ops.* (tradewind config show --help-all)");
        return;
    }
    findings.ok("the value of every setting is allowed (tradewind config show lists them)");
}

void check_profile(const Setup& setup, Findings& findings) {
    const auto& config = setup.config;
    const auto telemetry = runtime::otlp_settings(config, runtime::environment());
    const auto refusals = runtime::find_refusals(
        config, {.known = modules(), .here = setup.modules, .metrics = runtime::metrics_address(telemetry.settings)});
    for (const auto& refusal : refusals) findings.fail(refusal.setting + ": " + refusal.what, refusal.remedy);
    if (refusals.empty()) findings.ok(fmt::format("profile = {} allows these settings", config.text("profile")));
}

void check_descriptors(const Setup& setup, Findings& findings) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    // A process raises its soft limit to the hard one.
    judge_descriptors(limit.rlim_max, needed_descriptors(setup), findings);
}

void judge_descriptors(std::uint64_t allowed, std::uint64_t needed, Findings& findings) {
    if (allowed >= needed) return findings.ok(fmt::format("{} may be open, and the settings need up to {}", allowed, needed));
    findings.warn(fmt::format("{} may be open, but the settings need up to {}", allowed, needed),
                  "raise the hard limit (ulimit -Hn, LimitNOFILE), or lower http.connections_max and rpc.connections_max");
}

}  // namespace tw::app
