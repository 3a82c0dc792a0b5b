#pragma once

#include "services/console/record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace tw::console {

/// Knows how long the operations of each service take, and says which calls are slower than 99 of
/// 100. Only spans that begin the work of a service count: servers, consumers and roots. Older
/// calls count less and less.
class SlowSpans {
 public:
    /// Operations beyond these are not known, and none of their calls counts as slow.
    static constexpr std::size_t kOperationsMax = 2000;
    /// An operation with fewer calls is not known well enough.
    static constexpr std::uint32_t kCallsMin = 200;

    /// Counts a span. Returns whether it is slow.
    bool add(const SpanRecord& span);

 private:
    /// Eight buckets for each doubling of a duration, so that a bound is exact to 9%.
    static constexpr std::size_t kBuckets = 8 * 44;
    /// After so many calls, those before them count half.
    static constexpr std::uint32_t kCallsKept = 20'000;

    struct Operation {
        std::array<std::uint32_t, kBuckets> calls{};
        std::uint32_t sum = 0;
        /// Calls in this bucket and below are not slow.
        std::size_t bound = kBuckets;
        std::uint32_t until_next_bound = kCallsMin;
    };

    static std::size_t bucket_of(std::int64_t duration_ns);
    static void set_bound(Operation& operation);

    std::unordered_map<std::size_t, Operation> operations_;
};

}  // namespace tw::console
