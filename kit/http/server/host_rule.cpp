#include "kit/http/server/host_rule.hpp"

#include "kit/base/encoding.hpp"
#include "kit/http/reasons.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

namespace tw::http {
namespace {

constexpr std::size_t kShownBytesMax = 64;

/// Returns the host without the port, the brackets of an IPv6 literal, and the dot that may end a
/// name.
std::string bare(std::string_view host) {
    if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
    host = host.substr(0, host.find(':'));
    if (host.ends_with('.')) host.remove_suffix(1);
    return ascii_lower(host);
}

bool is_literal(const std::string& host) {
    in6_addr parsed{};
    return ::inet_pton(AF_INET, host.c_str(), &parsed) == 1 || ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool is_unspecified(const net::Address& bound) { return bound.host == "0.0.0.0" || bound.host == "::"; }

}  // namespace

HostRule HostRule::of(const net::Address& bound, std::vector<std::string> names, std::string setting) {
    HostRule rule;
    rule.any_ = false;
    rule.any_address_ = is_unspecified(bound);
    for (const auto& name : names) rule.names_.push_back(bare(name));
    rule.names_.push_back(ascii_lower(bound.host));
    rule.setting_ = std::move(setting);
    return rule;
}

bool HostRule::admits(std::string_view host) const {
    if (any_ || host.empty()) return true;
    const auto name = bare(host);
    if (net::Address{name}.is_loopback() && !name.starts_with('/')) return true;
    if (any_address_ && is_literal(name)) return true;
    return std::ranges::find(names_, name) != names_.end();
}

Result<void> HostRule::check(std::string_view host) const {
    if (admits(host)) return {};
    return Error{Code::invalid_argument, reason::kHostNotAllowed,
                 "this port does not serve the host " + std::string{host.substr(0, kShownBytesMax)} +
                     "; to serve it, add it to " + setting_};
}

}  // namespace tw::http
