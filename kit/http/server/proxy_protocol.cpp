#include "kit/http/server/proxy_protocol.hpp"

#include "kit/http/address_range.hpp"
#include "kit/http/reasons.hpp"

#include <algorithm>
#include <cstdint>

namespace tw::http {
namespace {

constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::uint8_t kVersion2 = 2;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
/// A header has addresses and a few extensions, such as the name that the client asked for.
constexpr std::size_t kRestBytesMax = 4096;
constexpr std::size_t kIpv4Bytes = 4;

std::uint8_t byte_at(std::string_view bytes, std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); }

std::uint16_t number_at(std::string_view bytes, std::size_t index) {
    return static_cast<std::uint16_t>(byte_at(bytes, index) << 8 | byte_at(bytes, index + 1));
}

Error bad_header(std::string_view why) {
    return {Code::invalid_argument, reason::kProxyProtocol, "the connection of a trusted proxy " + std::string{why}};
}

}  // namespace

Result<ProxyHead> read_proxy_head(std::string_view bytes) {
    if (bytes.size() != kProxyHeadBytes || !bytes.starts_with(kSignature)) {
        return bad_header("does not begin with a header of the PROXY protocol, version 2");
    }
    const auto version = byte_at(bytes, kSignature.size()) >> 4;
    const auto command = byte_at(bytes, kSignature.size()) & 0x0f;
    if (version != kVersion2 || command > 1) return bad_header("uses an unknown version or command of the PROXY protocol");
    const ProxyHead head{.local = command == 0,
                         .family = byte_at(bytes, kSignature.size() + 1),
                         .rest_bytes = number_at(bytes, kSignature.size() + 2)};
    if (head.rest_bytes > kRestBytesMax) return bad_header("begins with a header of the PROXY protocol that is too long");
    return head;
}

Result<std::optional<net::Address>> read_proxied_address(const ProxyHead& head, std::string_view rest) {
    if (head.local || (head.family != kTcp4 && head.family != kTcp6)) return std::optional<net::Address>{};
    const bool is_ipv4 = head.family == kTcp4;
    const auto address_bytes = is_ipv4 ? kIpv4Bytes : IpAddress{}.size();
    // Two addresses and two ports: those of the client come first.
    if (rest.size() < 2 * address_bytes + 4) return bad_header("sent a header of the PROXY protocol without addresses");
    IpAddress address{};
    if (is_ipv4) address[10] = address[11] = 0xff;
    std::ranges::copy(rest.substr(0, address_bytes), address.end() - static_cast<std::ptrdiff_t>(address_bytes));
    return std::optional{net::Address{ip_text(address), number_at(rest, 2 * address_bytes)}};
}

}  // namespace tw::http
