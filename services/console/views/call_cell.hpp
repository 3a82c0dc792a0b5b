#pragma once

#include "services/console/views/call_outcome.hpp"

#include <cstdint>
#include <vector>

namespace tw::console {

/// Counts calls and how long they took. Durations fall into exponential buckets, 16 for each power
/// of two (OpenTelemetry's scale 4), so that a quantile is exact to 2.2 %. Cells can be added up.
class CallCell {
 public:
    void add(CallOutcome outcome, std::int64_t duration_ns);
    void add(const CallCell& other);

    std::uint64_t calls() const { return calls_; }
    std::uint64_t refused() const { return refused_; }
    std::uint64_t errors() const { return errors_; }
    /// The duration that this part of all calls stays below, for example 0.95; 0 without calls.
    std::int64_t quantile_ns(double part) const;
    /// How many buckets are in use.
    std::size_t size() const { return buckets_.size(); }

 private:
    struct Bucket {
        std::uint32_t index;
        std::uint32_t count;
    };

    void add_to_bucket(std::uint32_t index, std::uint32_t count);

    std::uint64_t calls_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t errors_ = 0;
    /// In the order of their indexes.
    std::vector<Bucket> buckets_;
};

}  // namespace tw::console
