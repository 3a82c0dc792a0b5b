#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::cache {

/// A limit for how often a caller may do something: a bucket of `burst` tokens, full at first,
/// which regains one token every `interval`.
struct Rate {
    /// How many tokens may be taken at once; at least 1.
    std::uint32_t burst = 1;
    /// The time in which one token comes back; at least 1 µs.
    std::chrono::microseconds interval{1'000'000};

    /// Makes a rate of `count` tokens in each `period`, at most `burst` of them at once (0 means
    /// `count`). A `count` of 0 counts as 1.
    static constexpr Rate of(std::uint32_t count, std::chrono::microseconds period, std::uint32_t burst = 0) {
        const auto at_least_one = std::max(count, 1U);
        return {.burst = burst != 0 ? burst : at_least_one,
                .interval = std::max(period / at_least_one, std::chrono::microseconds{1})};
    }
};

/// The outcome of one request for a token, in the terms of the RateLimit fields that a client gets.
struct RateDecision {
    bool allowed = true;
    /// The size of the bucket.
    std::uint32_t limit = 0;
    /// Whole tokens that are left.
    std::uint32_t remaining = 0;
    /// The time until the bucket is full again.
    std::chrono::microseconds reset{0};
    /// The time until a retry may succeed; zero if the request succeeded.
    std::chrono::microseconds retry_after{0};
};

/// Decides whether a caller may go on. `key` names the bucket, for example by caller and route; the
/// caller of this class bounds its length. A key always comes with the same rate. A limiter always
/// decides and never returns an error.
///
/// A RateLimiter object belongs to one loop, unless the class says otherwise.
class RateLimiter {
 public:
    virtual ~RateLimiter() = default;

    /// Takes a token if that can be decided without I/O or allocation. Returns nothing if `take`
    /// must be awaited. A fast caller tries this function first:
    /// `auto decision = limiter.take_now(key, rate);`
    /// `if (!decision) decision = co_await limiter.take(ctx, key, rate);`
    virtual std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) = 0;

    /// Takes a token. `key` and `rate` must stay valid until the task ends.
    virtual Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) = 0;
};

}  // namespace tw::cache
