#include "kit/telemetry/instruments/exponential_buckets.hpp"

#include <algorithm>
#include <cmath>

namespace tw::telemetry {
namespace {

using Range = ExponentialBuckets::Range;

std::int32_t last_of(const Range& range) { return range.offset + static_cast<std::int32_t>(range.counts.size()) - 1; }

/// Returns how often the resolution must be halved until the indices from `first` to `last` are few
/// enough.
int halvings_for(std::int32_t first, std::int32_t last) {
    int times = 0;
    while ((std::int64_t{last} >> times) - (std::int64_t{first} >> times) >= static_cast<int>(ExponentialBuckets::kSizeMax)) {
        ++times;
    }
    return times;
}

void halve(Range& range, int times) {
    if (range.counts.empty() || times == 0) return;
    const auto offset = range.offset >> times;
    std::size_t used = 0;
    for (std::size_t i = 0; i < range.counts.size(); ++i) {
        const auto target = static_cast<std::size_t>(((range.offset + static_cast<std::int32_t>(i)) >> times) - offset);
        // The write position is never ahead of the read position.
        const auto count = range.counts[i];
        if (target == used) range.counts[used++] = 0;
        range.counts[target] += count;
    }
    range.counts.resize(used);
    range.offset = offset;
}

/// Extends the range so that it has counts from `first` to `last`, which are few enough.
void extend(Range& range, std::int32_t first, std::int32_t last) {
    if (range.counts.empty()) range.offset = first;
    if (first < range.offset) {
        range.counts.insert(range.counts.begin(), static_cast<std::size_t>(range.offset - first), 0);
        range.offset = first;
    }
    const auto size = static_cast<std::size_t>(last - range.offset) + 1;
    if (size > range.counts.size()) range.counts.resize(size);
}

void take_away(Range& from, const Range& what) {
    for (std::size_t i = 0; i < what.counts.size(); ++i) {
        from.counts[static_cast<std::size_t>(what.offset - from.offset) + i] -= what.counts[i];
    }
}

}  // namespace

ExponentialBuckets::ExponentialBuckets() {
    positive_.counts.reserve(kSizeMax);
    negative_.counts.reserve(kSizeMax);
}

std::int32_t ExponentialBuckets::index_of(double value, int scale) {
    int exponent = 0;
    const auto fraction = std::frexp(value, &exponent);
    // Powers of two are bounds at every scale, and each is the upper bound of its bucket.
    const bool bound = fraction == 0.5;
    if (scale <= 0) return (exponent - (bound ? 2 : 1)) >> -scale;
    if (bound) return ((exponent - 1) << scale) - 1;
    // Rounding must not move a value across the power of two that it lies below or above.
    const auto index = static_cast<std::int32_t>(std::floor(std::ldexp(std::log2(value), scale)));
    return std::clamp(index, (exponent - 1) << scale, (exponent << scale) - 1);
}

void ExponentialBuckets::add(double value) {
    if (value == 0) {
        ++zero_count_;
        return;
    }
    auto& range = value > 0 ? positive_ : negative_;
    const auto magnitude = std::fabs(value);
    const auto scale = scale_;
    const auto index = index_of(magnitude, scale);
    make_room(range, index, index);
    ++range.counts[static_cast<std::size_t>((index >> (scale - scale_)) - range.offset)];
}

void ExponentialBuckets::make_room(Range& range, std::int32_t first, std::int32_t last) {
    if (!range.counts.empty()) {
        first = std::min(first, range.offset);
        last = std::max(last, last_of(range));
    }
    const auto times = halvings_for(first, last);
    downscale(times);
    extend(range, first >> times, last >> times);
}

void ExponentialBuckets::downscale(int times) {
    scale_ -= times;
    halve(positive_, times);
    halve(negative_, times);
}

void ExponentialBuckets::merge(Range& into, const Range& from, int finer) {
    if (from.counts.empty()) return;
    const auto before = scale_;
    make_room(into, from.offset >> finer, last_of(from) >> finer);
    finer += before - scale_;
    for (std::size_t i = 0; i < from.counts.size(); ++i) {
        const auto index = (from.offset + static_cast<std::int32_t>(i)) >> finer;
        into.counts[static_cast<std::size_t>(index - into.offset)] += from.counts[i];
    }
}

void ExponentialBuckets::merge(const ExponentialBuckets& other) {
    if (other.scale_ < scale_) downscale(scale_ - other.scale_);
    zero_count_ += other.zero_count_;
    merge(positive_, other.positive_, other.scale_ - scale_);
    merge(negative_, other.negative_, other.scale_ - scale_);
}

void ExponentialBuckets::subtract(const ExponentialBuckets& earlier) {
    auto same_scale = earlier;
    same_scale.downscale(earlier.scale_ - scale_);
    zero_count_ -= earlier.zero_count_;
    take_away(positive_, same_scale.positive_);
    take_away(negative_, same_scale.negative_);
}

}  // namespace tw::telemetry
