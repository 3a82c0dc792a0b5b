#include "kit/runtime/host/drain_plan.hpp"

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using namespace std::chrono_literals;

const SteadyTime kNow{};

TEST(DrainPlan, without_grace_it_refuses_at_once_and_keeps_a_second_for_the_modules) {
    const auto plan = plan_drain(kNow, 0ms, 25s);
    EXPECT_EQ(plan.refuse_at, kNow);
    EXPECT_EQ(plan.cut_at, kNow + 24s);
    EXPECT_EQ(plan.end_at, kNow + 25s);
    EXPECT_EQ(plan.flushed_at, kNow + 25s);
}

TEST(DrainPlan, a_tenth_of_a_short_time_is_for_the_modules) {
    const auto plan = plan_drain(kNow, 0ms, 2s);
    EXPECT_EQ(plan.cut_at, kNow + 1800ms);
    EXPECT_EQ(plan.end_at, kNow + 2s);
}

TEST(DrainPlan, grace_takes_half_of_the_time_at_most) {
    EXPECT_EQ(plan_drain(kNow, 5s, 25s).refuse_at, kNow + 5s);
    EXPECT_EQ(plan_drain(kNow, 20s, 25s).refuse_at, kNow + 12500ms);
}

TEST(DrainPlan, telemetry_has_time_of_its_own_within_the_whole) {
    const auto plan = plan_drain(kNow, 0ms, 25s, true);
    EXPECT_EQ(plan.cut_at, kNow + 19s);
    EXPECT_EQ(plan.end_at, kNow + 20s);
    EXPECT_EQ(plan.flushed_at, kNow + 25s);
    EXPECT_EQ(plan.flush_time(kNow + 1s), 5s);
    EXPECT_EQ(plan.flush_time(kNow + 22s), 3s);
    EXPECT_EQ(plan.flush_time(kNow + 26s), 0s);
    const auto short_plan = plan_drain(kNow, 0ms, 2s, true);
    EXPECT_EQ(short_plan.end_at, kNow + 1600ms);
    EXPECT_EQ(short_plan.flushed_at, kNow + 2s);
}

}  // namespace
}  // namespace tw::runtime
