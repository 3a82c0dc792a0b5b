#include "kit/http/address_range.hpp"

#include "kit/net/reasons.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace tw::http {
namespace {

constexpr unsigned kAddressBits = 128;
constexpr unsigned kMappedBits = 96;
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const IpAddress& address) { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin()); }

Error bad_range(std::string_view text, std::string_view why) {
    return Error{Code::invalid_argument, reason::kInvalidAddress, "\"" + std::string{text} + "\" " + std::string{why}};
}

/// Returns whether the first `bits` bits of the addresses are the same.
bool same_prefix(const IpAddress& a, const IpAddress& b, unsigned bits) {
    const auto bytes = bits / 8;
    if (!std::equal(a.begin(), a.begin() + bytes, b.begin())) return false;
    const auto rest = bits % 8;
    return rest == 0 || ((a.at(bytes) ^ b.at(bytes)) >> (8 - rest)) == 0;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
    std::memcpy(terminated.data(), text.data(), text.size());
    IpAddress address{};
    if (::inet_pton(AF_INET, terminated.data(), address.data() + kMappedPrefix.size()) == 1) {
        std::ranges::copy(kMappedPrefix, address.begin());
        return address;
    }
    if (::inet_pton(AF_INET6, terminated.data(), address.data()) != 1) return std::nullopt;
    return address;
}

std::string ip_text(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_mapped(address)) return ::inet_ntop(AF_INET, address.data() + kMappedPrefix.size(), text.data(), text.size());
    return ::inet_ntop(AF_INET6, address.data(), text.data(), text.size());
}

Result<AddressRange> AddressRange::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return bad_range(text, "is not an address or a network, such as 10.0.0.0/8 or fd00::/8");
    AddressRange range;
    range.network_ = *address;
    range.prefix_bits_ = kAddressBits;
    if (slash == std::string_view::npos) return range;
    // The bits of an IPv4 prefix are counted from the beginning of the IPv4 address.
    const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
    const auto digits = text.substr(slash + 1);
    const unsigned most = is_ipv4 ? kAddressBits - kMappedBits : kAddressBits;
    unsigned bits = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failure != std::errc{} || end != digits.data() + digits.size() || bits > most) {
        return bad_range(text, "has no prefix length from 0 to " + std::to_string(most));
    }
    range.prefix_bits_ = is_ipv4 ? kMappedBits + bits : bits;
    for (unsigned bit = range.prefix_bits_; bit < kAddressBits; ++bit) {
        if ((range.network_.at(bit / 8) >> (7 - bit % 8) & 1U) != 0) {
            return bad_range(text, "has bits beyond its prefix; write the network's first address");
        }
    }
    return range;
}

bool AddressRange::contains(const IpAddress& address) const { return same_prefix(network_, address, prefix_bits_); }

}  // namespace tw::http
