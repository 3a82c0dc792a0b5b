#pragma once

#include "kit/base/error.hpp"
#include "kit/cache/rate_limiter.hpp"
#include "kit/http/message.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tw::gateway {

/// Whose requests to which route a limit counts together: "GET /api/users/{id} 192.0.2.7". Of an IPv6 address the first 64
/// bits count, since whoever has one address of such a network has them all (RFC 6177 §2).
class LimitKey {
 public:
    LimitKey(std::string_view verb, std::string_view route, std::string_view address);
    std::string_view text() const { return {text_.data(), size_}; }

 private:
    void append(std::string_view part);

    std::array<char, 192> text_;
    std::size_t size_ = 0;
};

/// 429 with how long to wait.
Error rate_exceeded(const cache::RateDecision& decision);

/// Tells the client of its limit, in the fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10):
/// with every refusal, and with answers once half of the bucket is used up. Before that nobody needs to know.
void tell_rate(const cache::RateDecision& decision, const cache::Rate& rate, http::Response& response);

}  // namespace tw::gateway
