#include "services/console/views/call_cell.hpp"

#include "services/console/views/times.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tw::console {
namespace {

constexpr double kBucketsPerPowerOfTwo = 16;

}  // namespace

void CallCell::add(CallOutcome outcome, std::int64_t duration_ns) {
    ++calls_;
    refused_ += outcome == CallOutcome::refused ? 1 : 0;
    errors_ += outcome == CallOutcome::error ? 1 : 0;
    const double power = std::log2(static_cast<double>(std::clamp<std::int64_t>(duration_ns, 1, kExactMax)));
    add_to_bucket(static_cast<std::uint32_t>(power * kBucketsPerPowerOfTwo), 1);
}

void CallCell::add(const CallCell& other) {
    calls_ += other.calls_;
    refused_ += other.refused_;
    errors_ += other.errors_;
    for (const auto& [index, count] : other.buckets_) add_to_bucket(index, count);
}

void CallCell::add_to_bucket(std::uint32_t index, std::uint32_t count) {
    const auto found = std::ranges::lower_bound(buckets_, index, {}, &Bucket::index);
    if (found == buckets_.end() || found->index != index) {
        buckets_.insert(found, {index, count});
        return;
    }
    found->count += std::min(count, std::numeric_limits<std::uint32_t>::max() - found->count);
}

std::int64_t CallCell::quantile_ns(double part) const {
    const double rank = part * static_cast<double>(calls_);
    std::uint64_t below = 0;
    for (const auto& [index, count] : buckets_) {
        below += count;
        if (static_cast<double>(below) < rank) continue;
        // The middle of the bucket, on the scale of its bounds.
        return std::min(std::llround(std::exp2((static_cast<double>(index) + 0.5) / kBucketsPerPowerOfTwo)),
                        static_cast<long long>(kExactMax));
    }
    return 0;
}

}  // namespace tw::console
