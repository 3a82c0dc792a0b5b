#include "kit/runtime/process_tls.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting.hpp"
#include "kit/runtime/setting_table.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

constexpr std::string_view kModule = "{module}";
constexpr std::int64_t kDayMs = 24 * kHourMs;

SettingTable<TlsSettings> tls_table() {
    using S = TlsSettings;
    return {
        {"http.tls",
         &S::edge,
         {{"auto", EdgeTls::automatic}, {"off", EdgeTls::off}, {"terminated-upstream", EdgeTls::terminated_upstream}},
         "TLS on the HTTP port: auto uses it if http.certificate is set; terminated-upstream means that a proxy in front does",
         {.was = "edge.tls"}},
        {"http.certificate",
         &S::edge_certificate,
         "PEM file of the HTTP port's certificate with its chain; several, separated by commas, for several host names",
         {.was = "edge.certificate"}},
        {"http.key",
         &S::edge_key,
         "PEM file of the private key of http.certificate; one per certificate, in the same order",
         {.was = "edge.key"}},
        {"rpc.certificate", &S::rpc_certificate,
         "PEM file of a module's certificate, for gRPC ports and calls; {module} is replaced by its name"},
        {"rpc.key", &S::rpc_key, "PEM file of the private key of rpc.certificate; {module} is replaced by its name"},
        {"rpc.ca", &S::rpc_ca, "PEM file of the CA certificates that the modules' certificates are checked against"},
        {"tls.check_ms", &S::check, 10, kDayMs, Unit::milliseconds,
         "How often certificate files are checked for changes; SIGHUP checks them at once"},
    };
}

Error bad(std::string detail) { return Error{Code::invalid_argument, reason::kBadConfig, std::move(detail)}; }

/// Puts who chose the files before what is wrong with them.
Error about(const Config& config, std::string_view key, const Error& error) {
    return bad(fmt::format("{} (from {}): {}", key, config.entry(key).origin, error.detail()));
}

std::string for_module(std::string path, std::string_view module) {
    for (auto at = path.find(kModule); at != std::string::npos; at = path.find(kModule, at + module.size())) {
        path.replace(at, kModule.size(), module);
    }
    return path;
}

void warn_of(const net::TlsCertificate& certificate, Timestamp now, const telemetry::Logger& log) {
    for (const auto& fault : net::find_faults(certificate, now)) {
        log.log(telemetry::Severity::warn, "tls.certificate_unfit", {{"file.path", certificate.file}, {"cause", fault}}, fault);
    }
}

}  // namespace

void add_tls_settings(std::vector<Setting>& all) { append(all, tls_table().declare()); }

TlsSettings tls_settings(const Config& config) { return tls_table().read(config); }

Result<ProcessTls> ProcessTls::make(const Config& config, std::span<const ModuleSpec> modules) {
    ProcessTls tls;
    const bool serves_http = std::ranges::any_of(modules, &ModuleSpec::serves_http);
    if (serves_http) {
        if (auto added = tls.add_edge(config); !added) return added.error();
    }
    if (auto added = tls.add_ops(config, modules); !added) return added.error();
    for (const auto& module : modules) {
        if (module.stands_alone) continue;
        if (auto added = tls.add_module(config, module); !added) return added.error();
    }
    return tls;
}

Result<void> ProcessTls::add_edge(const Config& config) {
    const auto settings = tls_settings(config);
    if (settings.edge != EdgeTls::automatic) return {};
    const auto certificates = split_list(settings.edge_certificate, ',');
    const auto keys = split_list(settings.edge_key, ',');
    if (certificates.empty() && keys.empty()) return {};
    if (certificates.size() != keys.size()) {
        return bad(fmt::format("http.certificate names {} file(s) and http.key {}; each certificate needs its key",
                               certificates.size(), keys.size()));
    }
    net::TlsServerOptions options{.alpn = {"h2", "http/1.1", "http/1.0"}};
    for (std::size_t i = 0; i < keys.size(); ++i) options.identities.push_back({certificates[i], keys[i]});
    auto context = net::TlsContext::make_server(std::move(options));
    if (!context) return about(config, "http.certificate", context.error());
    edge_ = std::move(*context);
    return {};
}

Result<void> ProcessTls::add_ops(const Config& config, std::span<const ModuleSpec> modules) {
    const auto settings = ops_settings(config);
    if (settings.certificate.empty()) return {};
    const std::string_view name = modules.empty() ? std::string_view{} : modules.front().name;
    auto context =
        net::TlsContext::make_server({.identities = {{for_module(settings.certificate, name), for_module(settings.key, name)}},
                                      .alpn = {"h2", "http/1.1", "http/1.0"},
                                      .client_ca = settings.client_ca});
    if (!context) return about(config, "ops.certificate", context.error());
    ops_ = std::move(*context);
    return {};
}

Result<void> ProcessTls::add_module(const Config& config, const ModuleSpec& module) {
    const auto settings = tls_settings(config);
    const auto& certificate = settings.rpc_certificate;
    const auto& key = settings.rpc_key;
    const auto& ca = settings.rpc_ca;
    if (certificate.empty() && key.empty() && ca.empty()) return {};
    if (certificate.empty() || key.empty() || ca.empty()) {
        return bad("rpc.certificate, rpc.key and rpc.ca belong together: set all three, or none");
    }
    const net::TlsKeyFiles identity{for_module(certificate, module.name), for_module(key, module.name)};
    if (module.grpc_port != 0) {
        auto server = net::TlsContext::make_server({.identities = {identity},
                                                    .least = net::TlsVersion::tls_1_3,
                                                    .alpn = {"h2"},
                                                    .client_ca = ca,
                                                    .client_uri_prefix = config.program().identity_prefix()});
        if (!server) return about(config, "rpc.certificate", server.error());
        servers_.emplace(module.name, std::move(*server));
    }
    auto client =
        net::TlsContext::make_client({.ca = ca, .identity = identity, .least = net::TlsVersion::tls_1_3, .alpn = {"h2"}});
    if (!client) return about(config, "rpc.certificate", client.error());
    clients_.emplace(module.name, std::move(*client));
    return {};
}

ProcessTls::Context ProcessTls::find(const Contexts& contexts, std::string_view module) {
    const auto found = contexts.find(module);
    return found == contexts.end() ? nullptr : found->second;
}

std::vector<ProcessTls::Context> ProcessTls::all() const {
    std::vector<Context> all;
    if (edge_) all.push_back(edge_);
    if (ops_) all.push_back(ops_);
    for (const auto* contexts : {&servers_, &clients_}) {
        for (const auto& [module, context] : *contexts) all.push_back(context);
    }
    return all;
}

void ProcessTls::refresh(bool always, Timestamp now, const telemetry::Logger& log) const {
    auto contexts = all();
    contexts.insert(contexts.end(), followed_.begin(), followed_.end());
    for (const auto& context : contexts) {
        const auto looked = context->refresh(always);
        const auto certificates = context->certificates();
        const auto file = certificates.empty() ? std::string{} : certificates.front().file;
        if (!looked) {
            log.log(telemetry::Severity::error, "tls.reload_failed", {{"file.path", file}, {"cause", looked.error().detail()}},
                    "The file cannot be used; existing and new connections keep the certificate that was read before");
        } else if (*looked == net::TlsContext::Refresh::reloaded) {
            log.log(telemetry::Severity::info, "tls.reloaded", {{"file.path", file}},
                    "New connections use the new certificate; existing connections keep the old one");
            for (const auto& certificate : certificates) warn_of(certificate, now, log);
        }
    }
}

void ProcessTls::warn(Timestamp now, const telemetry::Logger& log) const {
    for (const auto& certificate : certificates()) warn_of(certificate, now, log);
}

std::vector<net::TlsCertificate> ProcessTls::certificates() const {
    std::vector<net::TlsCertificate> certificates;
    std::set<std::string> seen;
    for (const auto& context : all()) {
        for (auto& certificate : context->certificates()) {
            if (seen.insert(certificate.file).second) certificates.push_back(std::move(certificate));
        }
    }
    return certificates;
}

void ProcessTls::observe(telemetry::Meter& meter, const Clock& clock) const {
    for (const auto& first : certificates()) {
        const auto expiry = meter.counter(kCertificateExpiry, {{"file.path", first.file}});
        meter.on_collect([expiry, file = first.file, tls = *this, &clock] {
            for (const auto& certificate : tls.certificates()) {
                if (certificate.file != file) continue;
                const std::chrono::duration<double> left = certificate.not_after - clock.now();
                expiry.set(left.count());
            }
        });
    }
}

}  // namespace tw::runtime
