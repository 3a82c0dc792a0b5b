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

/// Tokens that one loop took out of a shared bucket at once, to spend them one by one without asking again. What is not spent in
/// time is lost, so a caller never gets more than the bucket allows, and less by a 256th of it a loop at most.
class PrefetchedTokens {
 public:
    static constexpr std::chrono::seconds kGoodFor{1};

    /// How many to ask for: more than one only of a bucket so large that they are a small part of it, and no more than come back
    /// while they are good.
    static std::uint32_t worth_taking(const Rate& rate) {
        const auto comes_back = static_cast<std::uint64_t>(std::chrono::microseconds{kGoodFor} / rate.interval);
        return static_cast<std::uint32_t>(
            std::clamp<std::uint64_t>(std::min<std::uint64_t>(rate.burst / 256, comes_back), 1, 100'000));
    }

    /// A token that is there, as the decision that it is.
    std::optional<RateDecision> spend(std::string_view key, SteadyTime now) {
        auto& place = place_of(key);
        if (place.tokens == 0 || place.key != key || now >= place.good_until) return std::nullopt;
        --place.tokens;
        auto decision = place.decision;
        decision.remaining += place.tokens;
        return decision;
    }

    /// Whether the caller is the one to ask for several: while one does, the others ask for one each, or together they would
    /// empty the bucket. `asked_for_some` follows.
    bool may_ask_for_some(std::string_view key, SteadyTime now) {
        auto& place = place_of(key);
        if (place.asking && place.key == key && now < place.good_until) return false;
        place.key = key;
        place.tokens = 0;
        place.asking = true;
        place.good_until = now + kGoodFor;
        return true;
    }

    /// `tokens` besides the one that `decision` tells of; nothing where it could not be asked.
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

    /// Keys that fall on the same place drive one another out: then they ask more often.
    Place& place_of(std::string_view key) { return places_[std::hash<std::string_view>{}(key) % places_.size()]; }

    std::array<Place, 256> places_;
};

}  // namespace tw::cache
