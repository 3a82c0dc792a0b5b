#include "kit/rpc/target.hpp"

#include "kit/base/url_text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>
#include <utility>

namespace tw::rpc {
namespace {

Error bad_target(std::string_view text, std::string_view why) {
    return Error{Code::invalid_argument, "INVALID_TARGET",
                 "\"" + printable_url(text) + "\" is not a target such as dns:///HOST:PORT: " + std::string{why}};
}

/// What follows `scheme`, where the text begins with it.
std::optional<std::string_view> after(std::string_view scheme, std::string_view text) {
    if (!text.starts_with(scheme)) return std::nullopt;
    return text.substr(scheme.size());
}

/// An IPv6 literal may have a zone (RFC 4007).
bool is_literal(const std::string& host, bool six) {
    in6_addr bytes;
    return ::inet_pton(six ? AF_INET6 : AF_INET, six ? host.substr(0, host.find('%')).c_str() : host.c_str(), &bytes) == 1;
}

bool is_any_literal(const std::string& host) { return is_literal(host, false) || is_literal(host, true); }

Result<Target> parse_list(std::string_view text, std::string_view list, bool six) {
    Target target{.text = std::string{text}, .addresses = {}};
    while (true) {
        const auto comma = list.find(',');
        auto address = net::Address::parse(list.substr(0, comma));
        if (!address) return bad_target(text, address.error().detail());
        if (!is_literal(address->host, six)) return bad_target(text, address->host + " is no such literal");
        if (std::ranges::find(target.addresses, *address) == target.addresses.end()) {
            target.addresses.push_back(std::move(*address));
        }
        if (comma == std::string_view::npos) return target;
        list.remove_prefix(comma + 1);
    }
}

/// Parses "dns:host:port" and "dns:///host:port". A text that chooses a name server, such as
/// "dns://1.1.1.1/host:port", is refused.
Result<net::Address> parse_dns(std::string_view text, std::string_view rest) {
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        if (!rest.starts_with('/')) return bad_target(text, "a name server cannot be named; write dns:///HOST:PORT");
        rest.remove_prefix(1);
    }
    return net::Address::parse(rest);
}

}  // namespace

Result<Target> Target::parse(std::string_view text) {
    if (const auto list = after("ipv4:", text)) return parse_list(text, *list, false);
    if (const auto list = after("ipv6:", text)) return parse_list(text, *list, true);
    const auto dns = after("dns:", text);
    auto address = dns                           ? parse_dns(text, *dns)
                   : text.starts_with("http://") ? net::Address::parse_url(text)
                                                 : net::Address::parse(text);
    if (!address) return bad_target(text, address.error().detail());
    if (!address->is_local_socket() && address->port == 0) return bad_target(text, "port 0 cannot be called");
    return Target{.text = std::string{text}, .addresses = {std::move(*address)}};
}

Target Target::of(net::Address address) {
    auto text = address.to_string();
    return {.text = std::move(text), .addresses = {std::move(address)}};
}

bool Target::looked_up() const {
    return addresses.size() == 1 && !addresses.front().is_local_socket() && !is_any_literal(addresses.front().host);
}

std::string Target::name() const {
    std::string name;
    for (const auto& address : addresses) name += (name.empty() ? "" : ",") + address.to_string();
    return name;
}

std::string Target::authority() const {
    return addresses.front().is_local_socket() ? "localhost" : addresses.front().to_string();
}

std::string Target::host() const {
    if (addresses.size() > 1) return {};
    return addresses.front().is_local_socket() ? "localhost" : addresses.front().host;
}

}  // namespace tw::rpc
