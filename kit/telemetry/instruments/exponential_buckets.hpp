#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::telemetry {

/// The distribution of values, in buckets whose bounds are powers of one base. The base is chosen
/// so that the values seen fit into a fixed number of buckets with the finest resolution
/// (OpenTelemetry specification, "Base2 Exponential Bucket Histogram Aggregation"). The base is
/// 2^(2^-scale); bucket i holds values above base^i up to base^(i+1). Memory is allocated at
/// construction, never when values are added.
class ExponentialBuckets {
 public:
    static constexpr int kScaleMax = 20;
    static constexpr std::size_t kSizeMax = 160;

    /// The buckets of one sign. It has no counts if there was no value.
    struct Range {
        /// The bucket index of the first count.
        std::int32_t offset = 0;
        std::vector<std::uint64_t> counts;
    };

    ExponentialBuckets();

    /// Adds a value, which must be finite.
    void add(double value);
    /// Adds the counts of `other`.
    void merge(const ExponentialBuckets& other);
    /// Subtracts the counts of `earlier`, which is an earlier state of this object.
    void subtract(const ExponentialBuckets& earlier);

    int scale() const { return scale_; }
    std::uint64_t zero_count() const { return zero_count_; }
    const Range& positive() const { return positive_; }
    const Range& negative() const { return negative_; }

    /// Returns the index of the bucket of a positive value.
    static std::int32_t index_of(double value, int scale);

 private:
    /// Halves the resolution `times` times.
    void downscale(int times);
    void make_room(Range& range, std::int32_t first, std::int32_t last);
    void merge(Range& into, const Range& from, int finer);

    int scale_ = kScaleMax;
    std::uint64_t zero_count_ = 0;
    Range positive_;
    Range negative_;
};

}  // namespace tw::telemetry
