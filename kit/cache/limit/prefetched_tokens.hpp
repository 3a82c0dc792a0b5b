#pragma once

#include "kit/base/clock.hpp"
#include "kit/cache/rate_limiter.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tw::cache {

/// Tokens that one loop took out of a shared bucket at once, to spend them one by one without
/// another request. Tokens that are not spent in time are lost. A caller therefore never gets more
/// than the bucket allows, and each loop loses at most a 256th of the bucket.
class PrefetchedTokens {
 public:
    static constexpr std::chrono::seconds kGoodFor{1};

    /// Returns how many tokens to request at once. It is more than one only for a bucket so large
    /// that they are a small part of it. It is never more than the bucket regains while they are
    /// good.
    static std::uint32_t worth_taking(const Rate& rate) {
        const auto comes_back = static_cast<std::uint64_t>(std::chrono::microseconds{kGoodFor} / rate.interval);
        return static_cast<std::uint32_t>(
            std::clamp<std::uint64_t>(std::min<std::uint64_t>(rate.burst / 256, comes_back), 1, 100'000));
    }

    /// Spends one prefetched token, if there is one, and returns the decision for it.
    std::optional<RateDecision> spend(std::string_view key, SteadyTime now) {
        auto& place = place_of(key);
        if (place.tokens == 0 || place.key != key || now >= place.good_until) return std::nullopt;
        --place.tokens;
        auto decision = place.decision;
        decision.remaining += place.tokens;
        return decision;
    }

    /// Returns whether this caller may request several tokens at once. While one caller does, the
    /// others request one each, since together they would empty the bucket. After true, the caller
    /// must call `asked_for_some`.
    bool may_ask_for_some(std::string_view key, SteadyTime now) {
        auto& place = place_of(key);
        if (place.asking && place.key == key && now < place.good_until) return false;
        place.key = key;
        place.tokens = 0;
        place.asking = true;
        place.good_until = now + kGoodFor;
        return true;
    }

    /// Stores the `tokens` that were taken beside the one that `decision` used. `tokens` is 0 if
    /// the request failed.
    void asked_for_some(std::string_view key, SteadyTime now, std::uint32_t tokens, const RateDecision& decision) {
        auto& place = place_of(key);
        // Another key may have taken the place meanwhile.
        if (place.key != key) return;
        place.asking = false;
        place.tokens = tokens;
        place.good_until = now + kGoodFor;
        place.decision = decision;
    }

 private:
    struct Place {
        std::string key;
        std::uint32_t tokens = 0;
        bool asking = false;
        SteadyTime good_until{};
        RateDecision decision;
    };

    /// Keys with the same place replace each other; their callers then make more requests.
    Place& place_of(std::string_view key) { return places_[std::hash<std::string_view>{}(key) % places_.size()]; }

    std::array<Place, 256> places_;
};

}  // namespace tw::cache
