#include "kit/http/trusted_proxies.hpp"

#include "kit/http/text.hpp"

#include <algorithm>
#include <utility>

namespace tw::http {
namespace {

/// More proxies than this do not stand in a row.
constexpr std::size_t kHopsMax = 32;

/// Returns the address of a node without its port: "192.0.2.7:80", "[2001:db8::1]:80",
/// "2001:db8::1". Returns nothing for a name, "unknown" and an obfuscated identifier.
std::optional<IpAddress> address_of(std::string_view node) {
    if (node.starts_with('[')) return parse_ip(node.substr(1, std::min(node.find(']'), node.size()) - 1));
    const auto colon = node.find(':');
    const bool has_port = colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos;
    return parse_ip(has_port ? node.substr(0, colon) : node);
}

std::optional<bool> security_of(std::string_view proto) {
    if (equals_ignoring_case(proto, "https")) return true;
    if (equals_ignoring_case(proto, "http")) return false;
    return std::nullopt;
}

std::vector<std::string_view> elements_of(std::string_view list) {
    std::vector<std::string_view> elements;
    for_each_element(list, [&elements](std::string_view element) { elements.push_back(element); });
    return elements;
}

/// Takes the value of a parameter, a token or a quoted string, from the beginning of `rest`.
std::optional<std::string> take_value(std::string_view& rest) {
    std::string value;
    if (!rest.starts_with('"')) {
        const auto end = std::min(rest.find_first_of(",; \t"), rest.size());
        value = rest.substr(0, end);
        rest.remove_prefix(end);
        if (!is_token(value)) return std::nullopt;
        return value;
    }
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\') rest.remove_prefix(1);
        if (rest.empty()) return std::nullopt;
        value += rest.front();
        rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(1);
    return value;
}

void skip_spaces(std::string_view& rest) {
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
}

}  // namespace

std::optional<std::vector<ForwardedElement>> read_forwarded(std::string_view field) {
    std::vector<ForwardedElement> elements(1);
    while (true) {
        skip_spaces(field);
        if (field.empty()) return elements;
        if (field.front() == ',') {
            elements.emplace_back();
            field.remove_prefix(1);
            continue;
        }
        if (field.front() == ';') {
            field.remove_prefix(1);
            continue;
        }
        const auto equals = field.find('=');
        if (equals == std::string_view::npos || !is_token(field.substr(0, equals))) return std::nullopt;
        const auto name = field.substr(0, equals);
        field.remove_prefix(equals + 1);
        auto value = take_value(field);
        skip_spaces(field);
        if (!value || !(field.empty() || field.front() == ',' || field.front() == ';')) return std::nullopt;
        auto& element = elements.back();
        if (equals_ignoring_case(name, "for")) element.node = std::move(*value);
        if (equals_ignoring_case(name, "proto")) element.proto = std::move(*value);
    }
}

Result<TrustedProxies> TrustedProxies::of(std::string_view list, ProxyHeader header) {
    TrustedProxies proxies;
    proxies.header_ = header;
    for (const auto text : elements_of(list)) {
        if (text == "unix") {
            proxies.local_sockets_ = true;
            continue;
        }
        auto network = AddressRange::parse(text);
        if (!network) return std::move(network).error();
        proxies.networks_.push_back(*network);
    }
    return proxies;
}

bool TrustedProxies::trusts(std::string_view peer) const {
    if (!any()) return false;
    const auto address = parse_ip(peer.substr(0, peer.find('%')));
    if (!address) return local_sockets_ && (peer.empty() || peer.starts_with('/'));
    return std::ranges::any_of(networks_, [&address](const AddressRange& network) { return network.contains(*address); });
}

ProxiedClient TrustedProxies::client_of(const Headers& headers, std::string_view peer, bool secure) const {
    ProxiedClient proxy{.address = std::string{peer}, .secure = secure};
    switch (header_) {
        case ProxyHeader::x_forwarded:
            return client_of_x_forwarded(headers, std::move(proxy));
        case ProxyHeader::forwarded:
            return client_of_forwarded(headers, std::move(proxy));
        case ProxyHeader::proxy_protocol:
            break;
    }
    return proxy;
}

ProxiedClient TrustedProxies::client_of_x_forwarded(const Headers& headers, ProxiedClient proxy) const {
    const auto nodes_text = headers.joined("x-forwarded-for");
    const auto protos_text = headers.joined("x-forwarded-proto");
    const auto nodes = elements_of(nodes_text);
    const auto protos = elements_of(protos_text);
    auto client = std::move(proxy);
    for (std::size_t hop = 0; hop < std::min(nodes.size(), kHopsMax); ++hop) {
        // Proxies that add to one list and replace the other have only said how the last one of
        // them was reached.
        if (!protos.empty()) {
            const auto& proto = protos.size() == nodes.size() ? protos[protos.size() - 1 - hop] : protos.back();
            client.secure = security_of(proto).value_or(client.secure);
        }
        const auto address = address_of(nodes[nodes.size() - 1 - hop]);
        if (!address) break;
        client.address = ip_text(*address);
        if (!trusts(client.address)) break;
    }
    return client;
}

ProxiedClient TrustedProxies::client_of_forwarded(const Headers& headers, ProxiedClient proxy) const {
    const auto text = headers.joined("forwarded");
    if (text.empty()) return proxy;
    const auto elements = read_forwarded(text);
    if (!elements) return proxy;
    auto client = std::move(proxy);
    for (std::size_t hop = 0; hop < std::min(elements->size(), kHopsMax); ++hop) {
        const auto& element = (*elements)[elements->size() - 1 - hop];
        client.secure = security_of(element.proto).value_or(client.secure);
        const auto address = address_of(element.node);
        if (!address) break;
        client.address = ip_text(*address);
        if (!trusts(client.address)) break;
    }
    return client;
}

}  // namespace tw::http
