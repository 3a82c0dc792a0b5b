#include "kit/runtime/edge_settings.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting_table.hpp"

#include <string_view>
#include <utility>

namespace tw::runtime {
namespace {

SettingTable<EdgeSettings> edge_table() {
    using S = EdgeSettings;
    using http::ProxyHeader;
    constexpr std::int64_t kTwoYears = 2 * 365 * 24 * 3600;
    return {
        {"http.trusted_proxies", &S::trusted_proxies,
         "Proxies that may say who the client of a request is, as networks separated by commas: 10.0.0.0/8, fd00::/8; unix means "
         "those on a Unix domain socket. From other peers these header fields are ignored"},
        {"http.proxy_header",
         &S::proxy_header,
         {{"x-forwarded", ProxyHeader::x_forwarded},
          {"forwarded", ProxyHeader::forwarded},
          {"proxy-protocol", ProxyHeader::proxy_protocol}},
         "How http.trusted_proxies say who the client is: x-forwarded reads X-Forwarded-For and X-Forwarded-Proto, forwarded "
         "reads "
         "Forwarded (RFC 7239), proxy-protocol expects version 2 of the PROXY protocol from them"},
        {"http.security_headers",
         &S::security_headers,
         {{"on", true}, {"off", false}},
         "Whether answers have header fields that restrict what browsers do with them, such as X-Content-Type-Options"},
        {"http.hsts_seconds", &S::hsts_age, 0, kTwoYears, Unit::seconds,
         "How long browsers must use HTTPS for this host after an answer (Strict-Transport-Security); sent with profile = "
         "production "
         "if clients use TLS; 0 means never"},
    };
}

/// Returns whether clients use TLS, up to this port or up to a proxy before it.
bool clients_use_tls(const Config& config) {
    return edge_scheme(config) == "https://" || tls_settings(config).edge == EdgeTls::terminated_upstream;
}

http::FixedFields security_fields(const Config& config, const EdgeSettings& settings) {
    http::FixedFields fields;
    if (!settings.security_headers) return fields;
    // Answers are data: a browser takes no other type for them, and runs and loads nothing of them.
    fields.add("x-content-type-options", "nosniff")
        .add("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
        .add("referrer-policy", "no-referrer")
        // A browser may keep an answer, and asks with its ETag whether it is still the right one.
        .add("cache-control", "private, no-cache");
    if (settings.hsts_age.count() > 0 && profile_of(config) == Profile::production && clients_use_tls(config)) {
        fields.add("strict-transport-security", "max-age=" + std::to_string(settings.hsts_age.count()));
    }
    return fields;
}

}  // namespace

EdgeSettings edge_settings(const Config& config) { return edge_table().read(config); }

void add_edge_settings(std::vector<Setting>& all) { append(all, edge_table().declare()); }

Result<http::EdgeOptions> edge_options(const Config& config) {
    const auto settings = edge_settings(config);
    auto proxies = http::TrustedProxies::of(settings.trusted_proxies, settings.proxy_header);
    if (!proxies) {
        return Error{
            Code::invalid_argument, reason::kBadConfig,
            "http.trusted_proxies (from " + config.entry("http.trusted_proxies").origin + "): " + proxies.error().detail()};
    }
    return http::EdgeOptions{.proxies = std::move(*proxies), .fields = security_fields(config, settings), .request_ids = true};
}

}  // namespace tw::runtime
