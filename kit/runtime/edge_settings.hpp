#pragma once

#include "kit/base/result.hpp"
#include "kit/http/edge_options.hpp"
#include "kit/runtime/config.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace tw::runtime {

/// The settings of the HTTP port about proxies before it and browsers behind it.
struct EdgeSettings {
    /// Networks, separated by commas; http::TrustedProxies::of.
    std::string trusted_proxies;
    http::ProxyHeader proxy_header = http::ProxyHeader::x_forwarded;
    bool security_headers = true;
    /// The `max-age` of Strict-Transport-Security; 0 means that the field is not sent.
    std::chrono::seconds hsts_age{365 * 24 * 3600};
};

EdgeSettings edge_settings(const Config& config);
/// Declares the settings above.
void add_edge_settings(std::vector<Setting>& all);

/// Returns what the HTTP port does for the clients of the Internet. Fails with INVALID_ARGUMENT,
/// reason BAD_CONFIG, if a setting is wrong.
Result<http::EdgeOptions> edge_options(const Config& config);

}  // namespace tw::runtime
