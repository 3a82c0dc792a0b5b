#include "kit/telemetry/instruments/exponential_buckets.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using testing::ElementsAre;

std::uint64_t total(const ExponentialBuckets& buckets) {
    const auto sum = [](const ExponentialBuckets::Range& range) {
        return std::accumulate(range.counts.begin(), range.counts.end(), std::uint64_t{0});
    };
    return buckets.zero_count() + sum(buckets.positive()) + sum(buckets.negative());
}

double lower_bound(std::int32_t index, int scale) { return std::exp2(std::ldexp(index, -scale)); }

TEST(ExponentialBuckets, a_bound_belongs_to_the_bucket_below_it) {
    EXPECT_EQ(ExponentialBuckets::index_of(1.0, 0), -1);
    EXPECT_EQ(ExponentialBuckets::index_of(std::nextafter(1.0, 2.0), 0), 0);
    EXPECT_EQ(ExponentialBuckets::index_of(2.0, 0), 0);
    EXPECT_EQ(ExponentialBuckets::index_of(4.0, 3), 15);
    EXPECT_EQ(ExponentialBuckets::index_of(std::nextafter(4.0, 5.0), 3), 16);
    EXPECT_EQ(ExponentialBuckets::index_of(4.0, -1), 0);
    EXPECT_EQ(ExponentialBuckets::index_of(4.1, -1), 1);
    EXPECT_EQ(ExponentialBuckets::index_of(1.0, -3), -1);
    EXPECT_EQ(ExponentialBuckets::index_of(0.25, 20), -2 * (1 << 20) - 1);
}

TEST(ExponentialBuckets, every_double_has_its_bucket_at_every_scale) {
    std::mt19937_64 random{7};
    std::uniform_real_distribution<double> exponents{-1070, 1023};
    for (int i = 0; i < 2000; ++i) {
        const auto value = std::exp2(exponents(random));
        // Above scale 8, bounds are closer together than doubles can express.
        for (int scale = -10; scale <= 8; ++scale) {
            const auto index = ExponentialBuckets::index_of(value, scale);
            EXPECT_GE(value, lower_bound(index, scale) * (1 - 1e-12)) << value << " at " << scale;
            EXPECT_LE(value, lower_bound(index + 1, scale) * (1 + 1e-12)) << value << " at " << scale;
        }
    }
    EXPECT_EQ(ExponentialBuckets::index_of(std::numeric_limits<double>::max(), 0), 1023);
    EXPECT_EQ(ExponentialBuckets::index_of(std::numeric_limits<double>::denorm_min(), 0), -1075);
}

TEST(ExponentialBuckets, values_that_are_alike_are_told_apart_with_the_finest_scale) {
    ExponentialBuckets buckets;
    for (int i = 0; i < 10; ++i) buckets.add(1.5);
    EXPECT_EQ(buckets.scale(), ExponentialBuckets::kScaleMax);
    EXPECT_THAT(buckets.positive().counts, ElementsAre(10));
}

TEST(ExponentialBuckets, the_resolution_falls_just_as_far_as_the_range_asks) {
    ExponentialBuckets buckets;
    buckets.add(1.0);
    buckets.add(4.0);
    // Two octaves need at most 160 buckets: 128 at scale 6, and one for the first value.
    EXPECT_EQ(buckets.scale(), 6);
    EXPECT_EQ(buckets.positive().counts.size(), 129U);
    EXPECT_EQ(buckets.positive().offset, -1);
    EXPECT_EQ(buckets.positive().counts.front(), 1U);
    EXPECT_EQ(buckets.positive().counts.back(), 1U);
}

TEST(ExponentialBuckets, zeros_and_negative_values_are_counted_apart) {
    ExponentialBuckets buckets;
    buckets.add(0.0);
    buckets.add(-3.0);
    buckets.add(3.0);
    EXPECT_EQ(buckets.zero_count(), 1U);
    EXPECT_THAT(buckets.negative().counts, ElementsAre(1));
    EXPECT_EQ(buckets.negative().offset, buckets.positive().offset);
}

TEST(ExponentialBuckets, no_value_is_lost_and_no_range_is_too_long_whatever_comes) {
    std::mt19937_64 random{11};
    std::normal_distribution<double> logs{-6, 12};
    ExponentialBuckets buckets;
    for (std::uint64_t i = 1; i <= 5000; ++i) {
        buckets.add((i % 7 == 0 ? -1 : 1) * std::exp(logs(random)));
        ASSERT_EQ(total(buckets), i);
        ASSERT_LE(buckets.positive().counts.size(), ExponentialBuckets::kSizeMax);
        ASSERT_LE(buckets.negative().counts.size(), ExponentialBuckets::kSizeMax);
    }
}

TEST(ExponentialBuckets, merged_ones_count_what_one_would_have_counted) {
    std::mt19937_64 random{13};
    std::lognormal_distribution<double> values{-5, 3};
    ExponentialBuckets left;
    ExponentialBuckets right;
    ExponentialBuckets both;
    for (int i = 0; i < 1000; ++i) {
        const auto value = values(random);
        (i % 3 == 0 ? left : right).add(value);
        both.add(value);
    }
    right.add(0);
    both.add(0);
    left.merge(right);
    EXPECT_EQ(left.scale(), both.scale());
    EXPECT_EQ(left.positive().offset, both.positive().offset);
    EXPECT_EQ(left.positive().counts, both.positive().counts);
    EXPECT_EQ(left.zero_count(), both.zero_count());
}

TEST(ExponentialBuckets, what_comes_after_a_state_is_what_its_subtraction_leaves) {
    ExponentialBuckets buckets;
    buckets.add(1.0);
    buckets.add(1.1);
    const auto earlier = buckets;
    buckets.add(1000.0);
    buckets.add(0.001);
    buckets.add(0);
    buckets.subtract(earlier);
    EXPECT_EQ(total(buckets), 3U);
    EXPECT_EQ(buckets.zero_count(), 1U);
    EXPECT_EQ(buckets.positive().counts.front(), 1U);
    EXPECT_EQ(buckets.positive().counts.back(), 1U);
}

}  // namespace
}  // namespace tw::telemetry
