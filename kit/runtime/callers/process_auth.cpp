#include "kit/runtime/callers/process_auth.hpp"

#include "kit/http/client_url.hpp"
#include "kit/net/tls_context.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

Error bad_keys(const Config& config, std::string_view key, std::string_view what) {
    return {Code::invalid_argument, reason::kBadConfig, fmt::format("{} (from {}): {}", key, config.entry(key).origin, what)};
}

bool is_url(std::string_view place) { return place.starts_with("https://") || place.starts_with("http://"); }

/// Refuses a file of keys that cannot be used, and a URL that will not be asked.
Result<void> check_place(const Config& config, const std::string& place, bool http_on_loopback) {
    if (is_url(place)) {
        const auto url = http::Url::parse(place);
        if (!url) return bad_keys(config, "auth.keys", url.error().detail());
        if (url->tls || (http_on_loopback && url->address.is_loopback())) return {};
        return bad_keys(config, "auth.keys", "keys are read over https only, and not from " + place);
    }
    std::ifstream file{place, std::ios::binary};
    if (!file) return bad_keys(config, "auth.keys", "the file " + place + " cannot be read");
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    const auto keys = auth::KeySet::parse(text);
    if (!keys) return bad_keys(config, "auth.keys", place + ": " + std::string{keys.error().detail()});
    return {};
}

/// The issuer's metadata is read over https only.
Result<void> check_discovery(const Config& config, const std::string& issuer, bool http_on_loopback) {
    const auto url = http::Url::parse(issuer);
    if (!url) {
        return bad_keys(config, "auth.issuers",
                        issuer + " is no URL whose metadata can be read; set auth.keys to the place of its keys");
    }
    if (url->tls || (http_on_loopback && url->address.is_loopback())) return {};
    return bad_keys(config, "auth.issuers", "the metadata of an issuer is read over https only, and not from " + issuer);
}

/// The identities of the modules that may call as a service. A gateway serves no gRPC port, and is
/// no service: it passes on the calls of others.
std::vector<std::string> identities_of(const Config& config, std::span<const ModuleSpec> known) {
    std::vector<std::string> identities;
    for (const auto& module : known) {
        if (module.grpc_port == 0) continue;
        const auto program = module.program.empty() ? config.program() : ProgramName{module.program};
        identities.push_back(program.identity_prefix() + std::string{module.name});
    }
    return identities;
}

}  // namespace

Result<std::shared_ptr<const ProcessAuth>> ProcessAuth::make(const Config& config, std::span<const ModuleSpec> known,
                                                             const Clock& clock) {
    std::shared_ptr<ProcessAuth> made{new ProcessAuth};
    if (auto read = made->read(config, known, clock); !read) return std::move(read).error();
    return std::shared_ptr<const ProcessAuth>{std::move(made)};
}

Result<void> ProcessAuth::read(const Config& config, std::span<const ModuleSpec> known, const Clock& clock) {
    settings_ = auth_settings(config);
    required_ = requires_authentication(config);
    is_development_ = profile_of(config) == Profile::dev;
    const auto ops = runtime_settings(config).ops;
    if (is_development_ && (ops.is_loopback() || ops.is_local_socket())) {
        const auto& program = config.program().text();
        development_ = std::make_unique<auth::DevelopmentIssuer>(clock, "urn:" + program + ":development", "urn:" + program);
    }
    auto issuers = configured_issuers(config);
    if (!issuers) return std::move(issuers).error();
    auto refresh = key_refresh(config);
    if (!refresh) return std::move(refresh).error();
    refresh_ = *refresh;
    for (const auto& issuer : *issuers) {
        auto fine = issuer.keys.empty() ? check_discovery(config, issuer.rules.issuer, is_development_)
                                        : check_place(config, issuer.keys, is_development_);
        if (!fine) return fine;
    }
    issuers_ = std::move(*issuers);
    if (!settings_.ca.empty()) {
        auto tls = net::TlsContext::make_client({.ca = settings_.ca, .identity = {}, .alpn = {"h2", "http/1.1"}});
        if (!tls) return bad_keys(config, "auth.ca", tls.error().detail());
        tls_ = std::move(*tls);
    }
    services_ = identities_of(config, known);
    for (auto& identity : split_list(settings_.services, ',')) services_.push_back(std::move(identity));
    return {};
}

std::optional<std::string> ProcessAuth::name_of_role(std::string_view role) const {
    const auto* const names = role == "support"    ? &settings_.support_roles
                              : role == "merchant" ? &settings_.merchant_roles
                              : role == "operator" ? &settings_.operator_roles
                                                   : nullptr;
    if (names == nullptr) return std::nullopt;
    auto parts = split_list(*names, ',');
    return parts.empty() ? std::nullopt : std::optional{std::move(parts.front())};
}

auth::AuthenticationOptions ProcessAuth::authentication() const {
    if (required_) return {};
    return {.without_token = Principal{.kind = Principal::Kind::operator_}};
}

auth::AuthorizationOptions ProcessAuth::authorization() const {
    auth::AuthorizationOptions options;
    options.roles = granted_by_roles(settings_);
    options.scopes = granted_by_scopes(settings_);
    options.is_service = [this](const rpc::Method&, std::string_view identity) {
        return std::ranges::find(services_, identity) != services_.end();
    };
    options.all_without_token = !required_;
    options.standard_methods = {rpc::Caller::service, rpc::Caller::operator_};
    if (is_development_) options.standard_methods = {rpc::Caller::anyone};
    return options;
}

}  // namespace tw::runtime
