#pragma once

#include "kit/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::http {

/// An IP address in the form of IPv6. An IPv4 address is in its mapped form (::ffff:192.0.2.7), so
/// that it is the same address however a socket or a header field writes it.
using IpAddress = std::array<std::uint8_t, 16>;

/// Parses an IPv4 or IPv6 literal without a port. Returns nothing for any other text.
std::optional<IpAddress> parse_ip(std::string_view text);
/// Returns the usual text of the address. A mapped IPv4 address is written as IPv4.
std::string ip_text(const IpAddress& address);

/// A network of addresses in CIDR notation: "10.0.0.0/8", "fd00::/8". A single address is a
/// network, too. It is immutable.
class AddressRange {
 public:
    /// Fails with INVALID_ARGUMENT for another text, and for a network whose address has bits
    /// beyond the prefix, such as "10.0.0.1/8".
    static Result<AddressRange> parse(std::string_view text);

    bool contains(const IpAddress& address) const;

 private:
    IpAddress network_{};
    unsigned prefix_bits_ = 0;
};

}  // namespace tw::http
