#include "kit/runtime/core_settings.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/text.hpp"
#include "kit/runtime/audit_settings.hpp"
#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/edge_settings.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {

std::vector<Setting> all_settings(const ProgramName& program, std::span<const ModuleSpec> modules, std::string data_folder) {
    std::vector<Setting> all;
    add_process_settings(all, program, std::move(data_folder));
    add_database_settings(all);
    add_http_settings(all);
    add_edge_settings(all);
    add_rpc_settings(all);
    add_tls_settings(all);
    add_ops_settings(all);
    add_auth_settings(all);
    add_audit_settings(all);
    for (const auto& module : modules) add_module_settings(all, module);
    return all;
}

std::string default_data_folder(const ProgramName& program, const std::map<std::string, std::string>& environment) {
    const auto value = [&](const char* name) -> std::string {
        const auto found = environment.find(name);
        return found == environment.end() ? "" : found->second;
    };
    // A relative XDG_DATA_HOME is to be ignored, says its specification.
    if (const auto data = value("XDG_DATA_HOME"); data.starts_with('/')) return data + "/" + program.text();
    if (const auto home = value("HOME"); home.starts_with('/')) return home + "/.local/share/" + program.text();
    return program.text() + "-data";
}

http::ServerLimits http_limits(const Config& config) {
    http::ServerLimits limits = http_settings(config);
    // Streams that are taken over at the HTTP port are calls of gRPC.
    const rpc::ServerLimits calls = rpc_limits(config);
    limits.connection_age_max = calls.connection_age_max;
    limits.connection_grace = calls.connection_grace;
    return limits;
}

std::string_view edge_scheme(const Config& config) {
    const auto tls = tls_settings(config);
    return tls.edge == EdgeTls::automatic && !tls.edge_certificate.empty() ? "https://" : "http://";
}

namespace {

/// Returns the rule of http.hosts. If that names no hosts, all are answered for, unless `guarded`.
http::HostRule rule_of_hosts(const Config& config, const net::Address& bound, bool guarded) {
    std::vector<std::string> hosts;
    http::for_each_element(http_settings(config).hosts, [&hosts](std::string_view host) { hosts.emplace_back(host); });
    const bool all = std::ranges::find(hosts, "*") != hosts.end() || (hosts.empty() && !guarded);
    // A browser cannot connect to a Unix domain socket.
    if (all || bound.is_local_socket()) return {};
    return http::HostRule::of(bound, std::move(hosts), fmt::format("http.hosts ({})", config.variable("http.hosts")));
}

}  // namespace

http::HostRule host_rule(const Config& config, const net::Address& bound) {
    return rule_of_hosts(config, bound, profile_of(config) == Profile::dev && bound.is_loopback());
}

http::HostRule ops_host_rule(const Config& config, const net::Address& bound) {
    return rule_of_hosts(config, bound, bound.is_loopback());
}

Profile profile_of(const Config& config) { return process_settings(config).profile; }

bool injects_faults(const Config& config) {
    const auto settings = process_settings(config);
    return settings.profile == Profile::dev && settings.fault_injection;
}

std::string database_url(const Config& config, const ModuleSpec& module) {
    if (auto own = module_settings(config, module).database_url; !own.empty()) return own;
    const auto process = process_settings(config);
    if (!process.database_url.empty()) return process.database_url;
    return fmt::format("sqlite:{}/{}.sqlite", process.data_folder, module.name);
}

std::string database_url_file(const Config& config, const ModuleSpec& module) {
    const auto own = module_settings(config, module).database_url;
    return own.empty() ? config.entry("database.url").file : config.entry(std::string{module.name} + ".database_url").file;
}

std::string shown_database_url(const Config& config, const ModuleSpec& module) {
    return mask(config.entry("database.url").setting, database_url(config, module));
}

bool keeps_data_in_folder(const Config& config, const ModuleSpec& module) {
    return module_settings(config, module).database_url.empty() && process_settings(config).database_url.empty();
}

otlp::Parsed otlp_settings(const Config& config, std::map<std::string, std::string> environment) {
    const auto telemetry = telemetry_settings(config);
    environment["OTLP_ENDPOINT"] = telemetry.otlp_endpoint;
    auto parsed = otlp::parse(environment);
    parsed.settings.receiver_optional = telemetry.receiver_optional;
    for (auto* signal : {&parsed.settings.traces, &parsed.settings.metrics, &parsed.settings.logs}) {
        signal->program = config.program().text();
    }
    return parsed;
}

}  // namespace tw::runtime
