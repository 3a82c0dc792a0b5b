#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/random.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tw::telemetry {

/// Makes trace and span ids. They must be unique and reveal nothing, but need not be unguessable. A
/// few instructions (xoshiro256++, Blackman and Vigna, 2019) are therefore enough for each, in
/// place of a system call; only the seed comes from Random. It is not copied, since a copy would
/// make the same ids. Make one for each loop.
class TraceIds {
 public:
    explicit TraceIds(Random& seed) {
        for (auto& word : state_) word = seed.next();
    }
    TraceIds(const TraceIds&) = delete;
    TraceIds& operator=(const TraceIds&) = delete;

    /// Fills in an id. It is never all zeros, which would mean no id.
    void fill(TraceContext::TraceId& id) {
        const std::array<std::uint64_t, 2> words{next(), next_not_zero()};
        std::memcpy(id.data(), words.data(), sizeof words);
    }
    void fill(TraceContext::SpanId& id) {
        const auto word = next_not_zero();
        std::memcpy(id.data(), &word, sizeof word);
    }

 private:
    std::uint64_t next_not_zero() {
        while (true) {
            if (const auto word = next()) return word;
        }
    }
    std::uint64_t next() {
        const auto result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const auto shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    std::array<std::uint64_t, 4> state_;
};

}  // namespace tw::telemetry
