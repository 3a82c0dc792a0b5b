#include "services/gateway/caller_limits.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <string>

#include <fmt/format.h>

namespace tw::gateway {
namespace {

/// The name of the one policy there is.
constexpr std::string_view kPolicy = "caller-route";

std::int64_t whole_seconds(std::chrono::microseconds time) { return std::chrono::ceil<std::chrono::seconds>(time).count(); }

}  // namespace

LimitKey::LimitKey(std::string_view verb, std::string_view route, std::string_view address) {
    append(verb);
    append(" ");
    append(route);
    append(" ");
    std::array<unsigned char, 16> bytes{};
    const bool may_be_ipv6 = address.find(':') != std::string_view::npos;
    if (!may_be_ipv6 || ::inet_pton(AF_INET6, std::string{address}.c_str(), bytes.data()) != 1) {
        append(address);
        return;
    }
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> network{};
    append(::inet_ntop(AF_INET6, bytes.data(), network.data(), network.size()));
}

void LimitKey::append(std::string_view part) {
    // Routes are the contract's and short; one that does not fit would share its bucket with others that begin alike.
    const auto size = std::min(part.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, part.data(), size);
    size_ += size;
}

Error rate_exceeded(const cache::RateDecision& decision) {
    return Error{Code::resource_exhausted, "RATE_LIMITED", "too many requests of this kind from this address; slow down"}
        .with_retry_after(std::chrono::ceil<std::chrono::milliseconds>(decision.retry_after));
}

void tell_rate(const cache::RateDecision& decision, const cache::Rate& rate, http::Response& response) {
    if (decision.allowed && decision.remaining > decision.limit / 2) return;
    const auto window = std::max<std::int64_t>(1, whole_seconds(rate.interval * decision.limit));
    response.headers.add("RateLimit-Policy", fmt::format("\"{}\";q={};w={}", kPolicy, decision.limit, window));
    response.headers.add("RateLimit",
                         fmt::format("\"{}\";r={};t={}", kPolicy, decision.remaining, whole_seconds(decision.reset)));
}

}  // namespace tw::gateway
