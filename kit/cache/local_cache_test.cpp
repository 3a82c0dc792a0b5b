#include "kit/cache/local_cache.hpp"

#include "kit/cache/invalidations.hpp"
#include "kit/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace tw::cache {
namespace {

using namespace std::chrono_literals;
using Outcome = Lookup::Outcome;

class LocalCacheTest : public testing::Test {
 protected:
    FillOutcome fill(LocalCache& cache, std::string_view key, std::size_t bytes = 10) {
        const auto lease = cache.lookup(key).lease;
        return cache.put(key, {lease, 1, std::make_shared<const std::string>(bytes, 'x'), 1h});
    }
    test::FakeClock clock;
};

TEST_F(LocalCacheTest, entries_are_bounded_and_the_one_used_last_stays) {
    LocalCache cache{clock, {.entries_max = 160}};
    fill(cache, "kept");
    for (int i = 0; i < 10'000; ++i) {
        fill(cache, std::to_string(i));
        ASSERT_EQ(cache.lookup("kept").outcome, Outcome::hit) << i;
    }
    EXPECT_LE(cache.usage().entries, 160U);
}

TEST_F(LocalCacheTest, bytes_are_bounded) {
    LocalCache cache{clock, {.bytes_max = 1 << 20}};
    for (int i = 0; i < 1000; ++i) fill(cache, std::to_string(i), 10'000);
    EXPECT_LE(cache.usage().bytes, std::size_t{1} << 20);
    EXPECT_GT(cache.usage().bytes, std::size_t{1} << 19);
    EXPECT_EQ(fill(cache, "huge", 1 << 20), FillOutcome::refused);
}

TEST_F(LocalCacheTest, a_lease_runs_out) {
    LocalCache cache{clock};
    const auto lease = cache.lookup("a").lease;
    EXPECT_EQ(cache.lookup("a").lease, lease);
    clock.advance(Cache::kLeaseTime);
    EXPECT_EQ(cache.put("a", {lease, 1, nullptr, 1h}), FillOutcome::refused);
    EXPECT_NE(cache.lookup("a").lease, lease);
}

class InvalidationsTest : public testing::Test {
 protected:
    Invalidations invalidations;
    SteadyTime now{1h};
};

TEST_F(InvalidationsTest, a_row_is_in_doubt_until_the_cache_has_heard_or_the_time_is_over) {
    EXPECT_FALSE(invalidations.doubted("a", now).in_doubt);
    invalidations.doubt("a", 3, now, now + 10s);
    EXPECT_EQ(invalidations.doubted("a", now).version, 3);
    EXPECT_FALSE(invalidations.doubted("b", now).in_doubt);
    invalidations.trust("a", 2);
    EXPECT_TRUE(invalidations.doubted("a", now).in_doubt);
    invalidations.trust("a", 3);
    EXPECT_FALSE(invalidations.doubted("a", now).in_doubt);
    invalidations.doubt("a", 4, now, now + 10s);
    EXPECT_FALSE(invalidations.doubted("a", now + 10s).in_doubt);
    EXPECT_EQ(invalidations.doubts(), 0U);
}

TEST_F(InvalidationsTest, a_doubt_about_an_older_change_that_comes_late_does_not_lower_the_one_there_is) {
    invalidations.doubt("a", 4, now, now + 10s);
    invalidations.doubt("a", 3, now, now + 10s);
    EXPECT_EQ(invalidations.doubted("a", now).version, 4);
    invalidations.trust("a", 3);
    EXPECT_TRUE(invalidations.doubted("a", now).in_doubt);
}

TEST_F(InvalidationsTest, more_doubts_than_can_be_remembered_put_all_rows_in_doubt) {
    for (std::size_t i = 0; i <= Invalidations::kDoubtsMax; ++i) invalidations.doubt(std::to_string(i), 1, now, now + 10s);
    EXPECT_TRUE(invalidations.doubted("never heard of", now + 9s).in_doubt);
    EXPECT_FALSE(invalidations.doubted("never heard of", now + 10s).in_doubt);
    invalidations.doubt("next", 1, now + 10s, now + 20s);
    EXPECT_EQ(invalidations.doubts(), 1U);
}

TEST_F(InvalidationsTest, a_change_begins_another_epoch) {
    const auto before = invalidations.epoch("a");
    invalidations.on_changed("a");
    EXPECT_NE(invalidations.epoch("a"), before);
}

}  // namespace
}  // namespace tw::cache
