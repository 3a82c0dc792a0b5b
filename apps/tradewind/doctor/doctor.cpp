#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/doctor/checks.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::chrono::seconds kCheckTimeMax{10};

using CheckFunction = void (*)(const Setup&, Findings&);

std::vector<Check> all_checks(const SharedSetup& setup) {
    std::vector<Check> checks;
    const auto add = [&](std::string name, CheckFunction run) {
        checks.push_back({std::move(name), [setup, run](Findings& findings) { run(*setup, findings); }});
    };
    add("settings", &check_settings);
    add("profile", &check_profile);
    add("descriptors", &check_descriptors);
    add("ports", &check_ports);
    add("certificates", &check_certificates);
    add("issuer", &check_issuers);
    for (const auto& module : setup->modules) {
        if (module.schema == nullptr) continue;
        checks.push_back({"database " + std::string{module.name},
                          [setup, module](Findings& findings) { check_database(*setup, module, findings); }});
    }
    add("clock", &check_clock);
    add("redis", &check_redis);
    add("collector", &check_collector);
    add("other modules", &check_upstreams);
    return checks;
}

}  // namespace

int doctor(const runtime::Config& config, std::span<const runtime::ModuleSpec> chosen, bool json) {
    Setup setup{.config = config, .modules = {chosen.begin(), chosen.end()}};
    // It comes first, because the other checks leave alone what a running process has locked.
    Findings folder{"data folder"};
    setup.running = check_folder(setup, folder);
    auto findings = folder.take();
    auto results = run_checks(all_checks(std::make_shared<const Setup>(std::move(setup))), kCheckTimeMax);
    for (auto& finding : results.findings) findings.push_back(std::move(finding));
    fmt::print("{}", json ? findings_json(findings) : findings_table(findings));
    const int code = has_failed(findings) ? 1 : 0;
    if (results.late) {
        std::fflush(stdout);
        std::_Exit(code);
    }
    return code;
}

}  // namespace tw::app
