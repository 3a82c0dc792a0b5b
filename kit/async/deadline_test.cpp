#include "kit/async/deadline.hpp"

#include "kit/async/call_context.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"

#include <gtest/gtest.h>

namespace tw {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{100h};

TEST(DeadlineTest, a_delay_is_added_to_the_present_moment_in_its_own_unit) {
    EXPECT_EQ(Deadline::after(kNow, 5s).when(), kNow + 5s);
    EXPECT_EQ(Deadline::after(kNow, 3h).when(), kNow + 3h);
    EXPECT_EQ(Deadline::after(kNow, 7ns).when(), kNow + 7ns);
    EXPECT_EQ(Deadline::after(kNow, -5s).when(), kNow - 5s);
    EXPECT_EQ(Deadline::after(kNow, 0s).when(), kNow);
}

TEST(DeadlineTest, the_longest_delay_that_fits_is_kept_and_one_nanosecond_more_means_never) {
    const auto longest = SteadyTime::max() - kNow;
    EXPECT_EQ(Deadline::after(kNow, longest - 1ns).when(), SteadyTime::max() - 1ns);
    EXPECT_FALSE(Deadline::after(kNow, longest - 1ns).is_never());
    EXPECT_TRUE(Deadline::after(kNow, longest).is_never());
    EXPECT_TRUE(Deadline::after(kNow, longest + 1ns).is_never());
}

TEST(DeadlineTest, a_delay_beyond_all_time_points_means_never_in_every_unit) {
    EXPECT_TRUE(Deadline::after(kNow, std::chrono::nanoseconds::max()).is_never());
    EXPECT_TRUE(Deadline::after(kNow, std::chrono::microseconds::max()).is_never());
    EXPECT_TRUE(Deadline::after(kNow, std::chrono::milliseconds::max()).is_never());
    EXPECT_TRUE(Deadline::after(kNow, std::chrono::seconds::max()).is_never());
    EXPECT_TRUE(Deadline::after(kNow, std::chrono::hours{99'999'999}).is_never());
    EXPECT_FALSE(Deadline::after(kNow, std::chrono::seconds::max()).passed(kNow));
}

TEST(DeadlineTest, a_delay_far_below_zero_has_passed_and_leaves_nothing) {
    for (const auto deadline :
         {Deadline::after(kNow, std::chrono::nanoseconds::min()),
          Deadline::after(SteadyTime{-1h}, std::chrono::nanoseconds::min()), Deadline::after(kNow, std::chrono::hours::min())}) {
        EXPECT_TRUE(deadline.passed(kNow));
        EXPECT_EQ(deadline.remaining(kNow), 0ns);
    }
}

TEST(DeadlineTest, a_scope_whose_delay_has_no_end_is_not_over) {
    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), std::chrono::nanoseconds::max())};
    loop.post([&] { loop.post([&] { call.scope().cancel(cancelled()); }); });
    const auto slept = run_until_done(loop, sleep_for(call.context(), std::chrono::nanoseconds::max()));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().code(), Code::cancelled);
}

TEST(DeadlineTest, a_call_that_is_over_before_its_work_starts_has_done_nothing) {
    EventLoop loop;
    RootCall call{loop};
    call.scope().cancel(deadline_exceeded());
    EXPECT_TRUE(call.context().over()->outcome_open());
    const auto error = call.context().over_before_start();
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
    EXPECT_FALSE(error.outcome_open());
}

}  // namespace
}  // namespace tw
