#pragma once

#include "kit/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::net {

/// A host (name or IP literal) and a TCP port, as people write them: "127.0.0.1:8080", "[::1]:50051", "user:50051".
struct Address {
    std::string host;
    /// 0 asks the system for a free one when listening.
    std::uint16_t port = 0;

    /// INVALID_ARGUMENT where `text` is anything else; a port is required.
    static Result<Address> parse(std::string_view text);
    /// From a URL "http://host:port" (a path after it is refused); INVALID_ARGUMENT otherwise.
    static Result<Address> parse_url(std::string_view url);
    std::string to_string() const;
    bool operator==(const Address&) const = default;
};

}  // namespace tw::net
