#include "kit/net/address.hpp"

#include "kit/base/url_text.hpp"
#include "kit/net/reasons.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <sys/un.h>

namespace tw::net {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
    return Error{Code::invalid_argument, reason::kInvalidAddress,
                 "\"" + printable_url(text) + "\" is not an address: " + std::string{why}};
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

bool is_name(std::string_view host) {
    return !host.empty() &&
           std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

/// A zone is accepted ("fe80::1%eth0"), as RFC 4007 writes it.
bool is_ipv6_like(std::string_view host) {
    return host.find(':') != std::string_view::npos &&
           std::ranges::all_of(host, [](char c) { return is_alphanumeric(c) || c == ':' || c == '.' || c == '%'; });
}

constexpr std::string_view kLocalScheme = "unix:";

/// Parses "unix:/path" and "unix:///path", as in gRPC's naming.
Result<Address> parse_local(std::string_view text) {
    auto path = text.substr(kLocalScheme.size());
    if (path.starts_with("///")) path.remove_prefix(2);
    if (!path.starts_with('/') || path.starts_with("//") || path.ends_with('/')) {
        return bad_address(text, "an absolute path follows, as in unix:/run/user.sock");
    }
    constexpr auto kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > kPathBytesMax) {
        return bad_address(text, "the path is longer than " + std::to_string(kPathBytesMax) + " bytes");
    }
    if (path.find('\0') != std::string_view::npos) return bad_address(text, "the path has a NUL in it");
    return Address{std::string{path}};
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
    if (text.starts_with(kLocalScheme)) return parse_local(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']')) return bad_address(text, "the port is missing, as in HOST:PORT");
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6_like(host)) return bad_address(text, "brackets hold an IPv6 address");
    } else if (host.find(':') != std::string_view::npos) {
        return bad_address(text, "an IPv6 address stands in brackets, as in [::1]:8080");
    } else if (!is_name(host)) {
        return bad_address(text, "the host is missing or has characters that no host name has");
    }
    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size()) {
        return bad_address(text, "the port is a number from 0 to 65535");
    }
    return Address{std::string{host}, port};
}

Result<Address> Address::parse_url(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) return bad_address(url, "it must look like http://HOST:PORT");
    auto authority = url.substr(kScheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    if (authority.find_first_of("/?#@") != std::string_view::npos) {
        return bad_address(url, "only host and port follow http://, no user, path or query");
    }
    return parse(authority);
}

bool Address::is_loopback() const {
    if (is_local_socket()) return true;
    in_addr ipv4{};
    const auto bare = unmapped().host;
    if (::inet_pton(AF_INET, bare.c_str(), &ipv4) == 1) return (ntohl(ipv4.s_addr) >> 24) == IN_LOOPBACKNET;
    in6_addr ipv6{};
    if (::inet_pton(AF_INET6, bare.c_str(), &ipv6) == 1) return IN6_IS_ADDR_LOOPBACK(&ipv6);
    constexpr std::string_view kLocalhost = "localhost";
    if (bare.size() < kLocalhost.size()) return false;
    const auto at = bare.size() - kLocalhost.size();
    const bool ends =
        std::ranges::equal(std::string_view{bare}.substr(at), kLocalhost, [](char a, char b) { return (a | 0x20) == b; });
    return ends && (at == 0 || bare[at - 1] == '.');
}

Address Address::unmapped() const {
    in6_addr ipv6{};
    if (host.find(':') == std::string::npos || ::inet_pton(AF_INET6, host.c_str(), &ipv6) != 1) return *this;
    if (!IN6_IS_ADDR_V4MAPPED(&ipv6)) return *this;
    constexpr std::size_t kPrefixBytes = 12;
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, ipv6.s6_addr + kPrefixBytes, text.data(), text.size());
    return {text.data(), port};
}

std::string Address::to_string() const {
    if (is_local_socket()) return std::string{kLocalScheme} + host;
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]:" : host + ":") + std::to_string(port);
}

}  // namespace tw::net
