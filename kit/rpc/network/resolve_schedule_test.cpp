#include "kit/rpc/network/resolve_schedule.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

struct ResolveScheduleTest : testing::Test {
    ResolveSchedule schedule{{.interval_least = 30s, .period = 60s, .backoff_first = 1s, .backoff_last = 3s}};
    SteadyTime now{1h};

    void succeed() {
        ASSERT_TRUE(schedule.start(now));
        schedule.on_succeeded(now);
    }
};

TEST_F(ResolveScheduleTest, the_first_lookup_is_at_once_and_there_is_one_at_a_time) {
    EXPECT_TRUE(schedule.start(now));
    schedule.want();
    EXPECT_FALSE(schedule.start(now));
    EXPECT_EQ(schedule.next(), SteadyTime::max());
}

TEST_F(ResolveScheduleTest, a_wanted_lookup_waits_for_the_least_interval) {
    succeed();
    schedule.want();
    schedule.want();
    EXPECT_EQ(schedule.next(), now + 30s);
    EXPECT_FALSE(schedule.start(now + 29s));
    EXPECT_TRUE(schedule.start(now + 30s));
    schedule.on_succeeded(now + 30s);
    EXPECT_FALSE(schedule.start(now + 61s)) << "it has been done, so nobody wants it any more";
}

TEST_F(ResolveScheduleTest, a_lookup_that_is_wanted_during_another_one_follows_it) {
    ASSERT_TRUE(schedule.start(now));
    schedule.want();
    schedule.on_succeeded(now);
    EXPECT_EQ(schedule.next(), now + 30s);
}

TEST_F(ResolveScheduleTest, a_lookup_happens_once_a_period) {
    succeed();
    EXPECT_EQ(schedule.next(), now + 60s);
    EXPECT_FALSE(schedule.start(now + 59s));
    EXPECT_TRUE(schedule.start(now + 60s));
}

TEST_F(ResolveScheduleTest, a_period_of_zero_allows_only_wanted_lookups) {
    ResolveSchedule lazy{{.interval_least = 30s, .period = 0s, .backoff_first = 1s, .backoff_last = 3s}};
    ASSERT_TRUE(lazy.start(now));
    lazy.on_succeeded(now);
    EXPECT_EQ(lazy.next(), SteadyTime::max());
}

TEST_F(ResolveScheduleTest, failed_lookups_back_off_until_one_succeeds) {
    for (const auto bound : {1s, 2s, 3s, 3s}) {
        ASSERT_TRUE(schedule.start(now));
        schedule.on_failed(now, 1.0);
        EXPECT_EQ(schedule.next(), now + bound);
        now = schedule.next();
    }
    succeed();
    EXPECT_EQ(schedule.next(), now + 60s);
    now += 60s;
    ASSERT_TRUE(schedule.start(now));
    schedule.on_failed(now, 0.0);
    EXPECT_EQ(schedule.next(), now + 500ms);
}

}  // namespace
}  // namespace tw::rpc
