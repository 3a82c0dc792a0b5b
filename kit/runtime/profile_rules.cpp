#include "kit/runtime/profile_rules.hpp"

#include "kit/async/worker_pool.hpp"
#include "kit/base/encoding.hpp"
#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/store.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

using Refusals = std::vector<Refusal>;

/// The passwords in deploy/compose/development.env and in the documentation, and common defaults.
constexpr std::array<std::string_view, 11> kKnownSecrets{
    "development", "change-me", "changeme", "password", "secret",           "postgres",
    "redis",       "admin",     "default",  "example",  "0123456789abcdef",
};

/// Returns the password in a URL, as it is written there; empty if there is none.
std::string_view password_in(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    const auto at = url.substr(0, url.find('/')).rfind('@');
    if (at == std::string_view::npos) return {};
    const auto user = url.substr(0, at);
    const auto colon = user.find(':');
    return colon == std::string_view::npos ? std::string_view{} : user.substr(colon + 1);
}

/// The development profile trusts every caller, so only callers on this machine may reach it.
void add_dev_rules(const Config& config, const Listening& listening, const ProfileSubject& subject, Refusals& refusals) {
    const auto published = runtime_settings(config).published_at;
    if (!published.empty() && net::Address{published, 0}.is_loopback()) return;
    const auto check = [&](const std::string& setting, const net::Address& address) {
        if (address.is_loopback()) return;
        const auto outside =
            published.empty() ? std::string{} : fmt::format(", and runtime.published_at ({}) is not on loopback", published);
        refusals.push_back({setting,
                            fmt::format("profile = dev listens on loopback only, not at {}{}", address.to_string(), outside),
                            "use 127.0.0.1, or profile = production; in a container whose ports are published on loopback, set "
                            "runtime.published_at = 127.0.0.1"});
    };
    if (listening.http) check("http.address", *listening.http);
    check("ops.address", listening.ops);
    for (const auto& [module, address] : listening.grpc) check(module + ".address", address);
    if (subject.metrics) check("OTEL_EXPORTER_PROMETHEUS_HOST", *subject.metrics);
}

void add_tls_rules(const Config& config, const ProfileSubject& subject, const Listening& listening, Refusals& refusals) {
    const auto settings = tls_settings(config);
    const bool plain = settings.edge == EdgeTls::off || settings.edge_certificate.empty();
    if (listening.http && !listening.http->is_loopback() && plain && settings.edge != EdgeTls::terminated_upstream) {
        refusals.push_back({"http.address", fmt::format("HTTP is served without TLS at {}", listening.http->to_string()),
                            "set http.certificate and http.key, or http.tls = terminated-upstream if a proxy in front of it "
                            "terminates TLS"});
    }
    if (!settings.rpc_certificate.empty()) return;
    std::string why;
    for (const auto& [module, address] : listening.grpc) {
        if (!address.is_loopback() && why.empty()) {
            why = fmt::format("gRPC is served without mTLS at {} ({}.address)", address.to_string(), module);
        }
    }
    for (const auto& module : subject.known) {
        const auto is_it = [&](const ModuleSpec& other) { return other.name == module.name; };
        if (!why.empty() || module.stands_alone || std::ranges::any_of(subject.here, is_it)) continue;
        why = fmt::format("{} runs in another process, and calls between processes have no mTLS", module.name);
    }
    if (!why.empty()) refusals.push_back({"rpc.certificate", why, "set rpc.certificate, rpc.key and rpc.ca"});
}

void add_issuer_rule(const Config& config, Refusals& refusals) {
    if (!split_list(auth_settings(config).issuers, ',').empty()) return;
    refusals.push_back(
        {"auth.issuers", "no issuer is set, so nobody can show who they are", "set auth.issuers and auth.audiences"});
}

/// Returns why there is more than one replica of a module; empty if nothing says so.
std::string replicas_of(const Config& config, const ModuleSpec& module) {
    if (const auto replicas = runtime_settings(config).replicas; replicas > 1) {
        return fmt::format("runtime.replicas is {}", replicas);
    }
    const auto url = module_settings(config, module).url;
    if (!url || url->addresses.size() < 2) return {};
    return fmt::format("{}.url names {} addresses", module.name, url->addresses.size());
}

/// A SQLite file belongs to one process, and a database in memory ends with its process.
void add_sqlite_rules(const Config& config, std::span<const ModuleSpec> here, Refusals& refusals) {
    for (const auto& module : here) {
        if (module.schema == nullptr) continue;
        const auto url = database_url(config, module);
        if (!url.starts_with("sqlite:")) continue;
        const bool own = !module_settings(config, module).database_url.empty();
        const auto setting = own ? fmt::format("{}.database_url", module.name) : std::string{"database.url"};
        if (url.starts_with("sqlite::")) {
            refusals.push_back({setting, fmt::format("the database of {} is in memory, and a restart loses it", module.name),
                                "use a SQLite file or PostgreSQL"});
        }
        if (const auto why = replicas_of(config, module); !why.empty()) {
            refusals.push_back({setting, fmt::format("{} is on SQLite, which serves one replica only, but {}", module.name, why),
                                "use PostgreSQL (postgresql://…), or run one replica"});
        }
    }
}

void add_secret_rules(const Config& config, Refusals& refusals) {
    for (const auto& entry : config.entries()) {
        const auto secret = entry.setting.secret                       ? std::string_view{entry.value}
                            : entry.setting.kind == Setting::Kind::url ? password_in(entry.value)
                                                                       : std::string_view{};
        if (secret.empty() || (!is_known_secret(secret) && secret != config.program().text())) continue;
        refusals.push_back({entry.setting.key,
                            fmt::format("the secret in it (from {}) is one that everybody knows", entry.origin),
                            "use a secret of your own: openssl rand -hex 24"});
    }
}

void add_fault_rule(const Config& config, Refusals& refusals) {
    if (!process_settings(config).fault_injection) return;
    refusals.push_back({"fault_injection", "everybody who can send a request could make calls fail",
                        "remove it; faults on request are for profile = dev"});
}

}  // namespace

std::optional<net::Address> metrics_address(const otlp::Settings& settings) {
    if (!settings.prometheus_listens) return std::nullopt;
    return net::Address{settings.prometheus_host, settings.prometheus_port};
}

std::vector<Refusal> find_refusals(const Config& config, const ProfileSubject& subject) {
    Refusals refusals;
    const auto listening = plan_listening(config, subject.here);
    if (profile_of(config) == Profile::dev) {
        add_dev_rules(config, listening, subject, refusals);
        return refusals;
    }
    add_tls_rules(config, subject, listening, refusals);
    if (auto exposed = find_ops_exposure(config)) refusals.push_back(std::move(*exposed));
    add_issuer_rule(config, refusals);
    add_sqlite_rules(config, subject.here, refusals);
    add_secret_rules(config, refusals);
    add_fault_rule(config, refusals);
    return refusals;
}

std::vector<Refusal> find_unsafe_databases(const Config& config, std::span<const ModuleSpec> here) {
    Refusals refusals;
    if (profile_of(config) != Profile::production) return refusals;
    WorkerPool workers{1};
    std::set<std::string> seen;
    for (const auto& module : here) {
        if (module.schema == nullptr) continue;
        const auto url = database_url(config, module);
        // The writer of SQLite syncs each commit, whatever the file.
        if (url.starts_with("sqlite:") || !seen.insert(url).second) continue;
        const auto store = sql::open_store(url, workers, postgres_options(config));
        if (!store) continue;
        const auto durable = (*store)->check_durability();
        if (durable || durable.error().reason() != reason::kDatabaseNotDurable) continue;
        const bool own = !module_settings(config, module).database_url.empty();
        refusals.push_back({own ? fmt::format("{}.database_url", module.name) : std::string{"database.url"},
                            durable.error().detail(), "set it on in postgresql.conf, or for the role and the database"});
    }
    return refusals;
}

Error refused_start(const Config& config, std::span<const Refusal> refusals) {
    Error error{Code::invalid_argument, reason::kInsecure,
                fmt::format("profile = {} refuses to start with these settings:", config.text("profile"))};
    for (const auto& refusal : refusals) {
        error = std::move(error).with_violation(refusal.setting,
                                                fmt::format("{}: {}; {}", refusal.setting, refusal.what, refusal.remedy));
    }
    return error;
}

bool is_known_secret(std::string_view secret) {
    return std::ranges::find(kKnownSecrets, ascii_lower(secret)) != kKnownSecrets.end();
}

}  // namespace tw::runtime
