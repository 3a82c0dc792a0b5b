#include "kit/rpc/policies/queue_limit.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

class QueueLimitTest : public testing::Test {
 protected:
    /// Calls end at that rate, and another one finds no room every millisecond.
    void without_room(int per_second, std::chrono::milliseconds time, std::size_t ahead) {
        for (const auto until = now + time; now < until; now += 1ms) {
            for (ends_due += per_second; ends_due >= 1'000; ends_due -= 1'000) limit.on_end();
            if (!limit.lets_wait(ahead, now)) limit.on_refused(now);
        }
    }
    bool lets_wait(std::size_t ahead) { return limit.lets_wait(ahead, now); }

    QueueLimit limit{100ms};
    SteadyTime now{1h};
    int ends_due = 0;
};

TEST_F(QueueLimitTest, in_a_burst_any_number_may_wait) { EXPECT_TRUE(lets_wait(10'000)); }

TEST_F(QueueLimitTest, a_call_whose_turn_would_come_too_late_is_refused) {
    without_room(1'000, 60ms, 0);
    EXPECT_TRUE(lets_wait(90));
    EXPECT_FALSE(lets_wait(110)) << "its turn would come after more than the longest wait";
}

TEST_F(QueueLimitTest, the_rate_is_followed) {
    without_room(1'000, 60ms, 0);
    without_room(4'000, 500ms, 0);
    EXPECT_TRUE(lets_wait(380));
    EXPECT_FALSE(lets_wait(420));
}

TEST_F(QueueLimitTest, nobody_waits_for_a_module_in_which_nothing_ends) {
    without_room(0, 90ms, 0);
    EXPECT_TRUE(lets_wait(0)) << "the calls may just be longer than that";
    without_room(0, 15ms, 0);
    EXPECT_FALSE(lets_wait(0));
}

TEST_F(QueueLimitTest, a_burst_becomes_overload_when_it_lasts_and_a_pause_ends_it) {
    limit.on_refused(now);
    without_room(1'000, 99ms, 0);
    EXPECT_TRUE(lets_wait(0));
    limit.on_refused(now);
    without_room(1'000, 2ms, 0);
    EXPECT_FALSE(lets_wait(0));
    now += 101ms;
    EXPECT_TRUE(lets_wait(0));
}

TEST_F(QueueLimitTest, what_is_refused_after_a_pause_may_be_another_burst) {
    limit.on_refused(now);
    now += 101ms;
    limit.on_refused(now);
    now += 50ms;
    EXPECT_TRUE(lets_wait(0));
}

TEST_F(QueueLimitTest, calls_may_wait_again_after_half_a_minute_until_one_is_refused) {
    without_room(1'000, 60ms, 0);
    without_room(1'000, 30'100ms, 1'000);
    EXPECT_TRUE(lets_wait(0));
    EXPECT_FALSE(lets_wait(1'000));
    limit.on_refused(now);
    EXPECT_FALSE(lets_wait(0));
    without_room(1'000, 100ms, 1'000);
    EXPECT_FALSE(lets_wait(0));
}

TEST_F(QueueLimitTest, overload_that_was_not_one_ends_when_calls_may_wait_again) {
    without_room(1'000, 60ms, 0);
    without_room(1'000, 30'100ms, 1'000);
    without_room(1'000, 200ms, 40);
    EXPECT_TRUE(lets_wait(40));
}

}  // namespace
}  // namespace tw::rpc
