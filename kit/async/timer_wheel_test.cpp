#include "kit/async/timer_wheel.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace tw {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A wheel whose clock only the test advances.
class TimerWheelTest : public testing::Test {
 protected:
    void pass(std::chrono::nanoseconds time) {
        now_ += time;
        wheel_.advance(now_);
    }

    SteadyTime now_{seconds{1000}};
    std::vector<SteadyTime> wakes_;
    TimerWheel wheel_{now_, [this](SteadyTime when) { wakes_.push_back(when); }};
    int fired_ = 0;
};

TEST_F(TimerWheelTest, fires_at_or_up_to_a_tick_after_its_time_and_only_once) {
    Timer timer{wheel_, [this] { ++fired_; }};
    timer.arm(now_ + milliseconds{100});
    pass(milliseconds{99});
    EXPECT_EQ(fired_, 0);
    pass(milliseconds{1} + TimerWheel::kTick);
    EXPECT_EQ(fired_, 1);
    pass(seconds{60});
    EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, what_is_further_than_a_turn_waits_for_its_turn) {
    Timer timer{wheel_, [this] { ++fired_; }};
    timer.arm(now_ + seconds{75});
    for (int i = 0; i < 74; ++i) pass(seconds{1});
    EXPECT_EQ(fired_, 0);
    pass(seconds{1} + TimerWheel::kTick);
    EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, a_cancelled_timer_stays_silent) {
    Timer timer{wheel_, [this] { ++fired_; }};
    timer.arm(now_ + milliseconds{20});
    timer.cancel();
    EXPECT_FALSE(timer.armed());
    pass(seconds{20});
    EXPECT_EQ(fired_, 0);
}

TEST_F(TimerWheelTest, arming_again_replaces_the_first_time) {
    Timer timer{wheel_, [this] { ++fired_; }};
    timer.arm(now_ + milliseconds{20});
    timer.arm(now_ + seconds{2});
    pass(seconds{1});
    EXPECT_EQ(fired_, 0);
    pass(seconds{2});
    EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, a_timer_may_arm_itself_while_it_fires) {
    Timer* self = nullptr;
    Timer timer{wheel_, [&] {
                    if (++fired_ < 3) self->arm(now_ + milliseconds{50});
                }};
    self = &timer;
    timer.arm(now_);
    for (int i = 0; i < 20; ++i) pass(milliseconds{20});
    EXPECT_EQ(fired_, 3);
}

TEST_F(TimerWheelTest, a_timer_may_be_destroyed_by_what_it_calls) {
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(wheel_, [&] {
        timer.reset();
        ++fired_;
    });
    timer->arm(now_ + milliseconds{8});
    pass(milliseconds{100});
    EXPECT_EQ(fired_, 1);
}

TEST_F(TimerWheelTest, one_may_cancel_another_that_is_due_in_the_same_tick) {
    Timer second{wheel_, [this] { ++fired_; }};
    Timer first{wheel_, [&] { second.cancel(); }};
    first.arm(now_ + milliseconds{8});
    second.arm(now_ + milliseconds{8});
    pass(milliseconds{100});
    EXPECT_EQ(fired_, 0);
}

TEST_F(TimerWheelTest, wakes_are_asked_for_only_when_something_is_due_sooner) {
    Timer late{wheel_, [] {}};
    Timer later{wheel_, [] {}};
    Timer soon{wheel_, [] {}};
    late.arm(now_ + seconds{2});
    later.arm(now_ + seconds{3});
    EXPECT_EQ(wakes_.size(), 1U);
    soon.arm(now_ + seconds{1});
    EXPECT_EQ(wakes_.size(), 2U);
}

TEST_F(TimerWheelTest, after_a_pause_longer_than_a_turn_everything_due_fires) {
    Timer one{wheel_, [this] { ++fired_; }};
    Timer two{wheel_, [this] { ++fired_; }};
    one.arm(now_ + milliseconds{10});
    two.arm(now_ + seconds{9});
    pass(seconds{3600});
    EXPECT_EQ(fired_, 2);
    EXPECT_EQ(wheel_.next_wake(), std::nullopt);
}

TEST_F(TimerWheelTest, next_wake_never_comes_after_a_timers_time) {
    Timer timer{wheel_, [this] { ++fired_; }};
    for (int delay_ms = 1; delay_ms < 20'000; delay_ms = delay_ms * 3 + 1) {
        const auto due = now_ + milliseconds{delay_ms};
        timer.arm(due);
        const int before = fired_;
        while (fired_ == before) {
            const auto wake = wheel_.next_wake();
            ASSERT_TRUE(wake);
            now_ = *wake;
            wheel_.advance(now_);
        }
        EXPECT_GE(now_, due);
        EXPECT_LE(now_, due + TimerWheel::kTick);
    }
}

TEST_F(TimerWheelTest, timers_of_later_turns_wake_nobody_but_once_a_turn) {
    Timer one{wheel_, [this] { ++fired_; }};
    Timer two{wheel_, [this] { ++fired_; }};
    Timer three{wheel_, [this] { ++fired_; }};
    one.arm(now_ + seconds{61});
    two.arm(now_ + seconds{63});
    three.arm(now_ + milliseconds{65'500});
    int wakes = 0;
    while (const auto wake = wheel_.next_wake()) {
        now_ = *wake;
        wheel_.advance(now_);
        ++wakes;
    }
    EXPECT_EQ(fired_, 3);
    constexpr int kTurns = 66'000 / (1024 * 8) + 1;
    EXPECT_LE(wakes, kTurns + 3);
}

TEST_F(TimerWheelTest, a_timer_at_the_end_of_all_time_waits_and_wakes_nobody_in_the_past) {
    Timer timer{wheel_, [this] { ++fired_; }};
    timer.arm(SteadyTime::max());
    for (const auto wake : wakes_) EXPECT_GT(wake, now_);
    for (int i = 0; i < 20; ++i) pass(seconds{3600});
    EXPECT_EQ(fired_, 0);
    EXPECT_TRUE(timer.armed());
}

}  // namespace
}  // namespace tw
