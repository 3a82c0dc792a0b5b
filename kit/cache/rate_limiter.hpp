#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::cache {

/// How often somebody may do something: a bucket of `burst` tokens, full at first, into which a token falls every `interval`.
struct Rate {
    /// The most that may be done at once; at least 1.
    std::uint32_t burst = 1;
    /// At least 1 µs.
    std::chrono::microseconds interval{1'000'000};

    /// `count` times a `period`, and at most `burst` (where 0 means `count`) of them at once. A `count` of 0 counts as 1.
    static constexpr Rate of(std::uint32_t count, std::chrono::microseconds period, std::uint32_t burst = 0) {
        const auto at_least_one = std::max(count, 1U);
        return {.burst = burst != 0 ? burst : at_least_one,
                .interval = std::max(period / at_least_one, std::chrono::microseconds{1})};
    }
};

/// What became of one request for a token, in the terms of the RateLimit fields that a client is told.
struct RateDecision {
    bool allowed = true;
    /// The size of the bucket.
    std::uint32_t limit = 0;
    /// Whole tokens that are left.
    std::uint32_t remaining = 0;
    /// Until the bucket is full again.
    std::chrono::microseconds reset{0};
    /// Until it may succeed; zero where it did.
    std::chrono::microseconds retry_after{0};
};

/// Says whether a caller may go on. `key` names the bucket and means nothing here: by caller and route, say; bounded by
/// who makes it. One key always comes with the same rate. A limiter always decides: there is no error that a caller
/// could get instead.
///
/// A RateLimiter object belongs to one loop, unless it says otherwise.
class RateLimiter {
 public:
    virtual ~RateLimiter() = default;

    /// Takes a token where that can be decided on the spot, without I/O or allocation; nothing where `take` must be awaited.
    /// So a caller that wants to be fast asks here first:
    /// `auto decision = limiter.take_now(key, rate); if (!decision) decision = co_await limiter.take(ctx, key, rate);`
    virtual std::optional<RateDecision> take_now(std::string_view key, const Rate& rate) = 0;

    /// Takes a token. `key` and `rate` stay until the task ends.
    virtual Task<RateDecision> take(const CallContext& ctx, std::string_view key, const Rate& rate) = 0;
};

}  // namespace tw::cache
