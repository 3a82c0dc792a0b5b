#pragma once

#include "kit/base/error.hpp"
#include "kit/cache/rate_limiter.hpp"
#include "kit/rpc/policy.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace tw::gateway {

/// Limits how often a caller may call a method. The caller is the principal that an earlier policy
/// of the list has set, or, if that names nobody, the address of the client. A call beyond the
/// limit fails with RESOURCE_EXHAUSTED, reason RATE_LIMITED, which is 429 over HTTP. The error says
/// how long to wait.
class RateLimit final : public rpc::Policy {
 public:
    /// `limiter` outlives the policy.
    RateLimit(cache::RateLimiter& limiter, cache::Rate rate) : limiter_{limiter}, rate_{rate} {}

    Part part_in(const rpc::Method&) const override { return {.before = true}; }
    bool reads_metadata() const override { return false; }
    ValueTask<Result<void>> before(const CallContext& ctx, rpc::CallInfo& call) override;

 private:
    Task<Result<void>> ask_limiter(const CallContext& ctx, rpc::CallInfo& call);
    Result<void> judge(const cache::RateDecision& decision, rpc::CallInfo& call) const;

    cache::RateLimiter& limiter_;
    cache::Rate rate_;
};

/// The key under which a limit counts calls: the method and the caller, as in
/// "/user.UserService/GetUser 192.0.2.7" and "/user.UserService/GetUser =7 https://id.example". The
/// first 64 bits of an IPv6 address count, since a client that has one address of such a network
/// has all of them (RFC 6177 §2).
class LimitKey {
 public:
    LimitKey(std::string_view method, std::string_view address);
    LimitKey(std::string_view method, const Principal& caller);
    /// The key of a call, by its principal or else its address.
    static LimitKey of(const CallContext& ctx, const rpc::CallInfo& call);
    std::string_view text() const { return {text_.data(), size_}; }

 private:
    void append(char part);
    void append(std::string_view part);

    std::array<char, 192> text_;
    std::size_t size_ = 0;
};

/// Returns the error of a call beyond the limit. It says how long to wait.
Error rate_exceeded(const cache::RateDecision& decision);

/// Tells the client its limit in the fields RateLimit-Policy and RateLimit
/// (draft-ietf-httpapi-ratelimit-headers-10). Every refusal has the fields. An answer has them once
/// half of the bucket is used up, since no client needs them earlier.
void tell_rate(const cache::RateDecision& decision, const cache::Rate& rate, rpc::Metadata& fields);

}  // namespace tw::gateway
