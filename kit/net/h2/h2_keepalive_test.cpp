#include "kit/net/h2_keepalive.hpp"

#include <gtest/gtest.h>

namespace tw::net {
namespace {

using namespace std::chrono_literals;
using Action = Keepalive::Action;

class KeepaliveTest : public testing::Test {
 protected:
    const SteadyTime start{1h};
    Keepalive machine = machine_with(false);

    Keepalive machine_with(bool without_streams) const {
        Keepalive made{{.time = 30s, .timeout = 20s, .without_streams = without_streams}};
        made.start(start);
        return made;
    }
};

TEST_F(KeepaliveTest, without_a_time_nobody_is_ever_asked) { EXPECT_FALSE(Keepalive{KeepaliveOptions{}}.start(start)); }

TEST_F(KeepaliveTest, a_peer_that_was_silent_for_the_time_is_asked) {
    EXPECT_EQ(machine.wake_at(), start + 30s);
    EXPECT_EQ(machine.on_timer(start + 30s, start, true), Action::ping);
    EXPECT_EQ(machine.wake_at(), start + 50s);
}

TEST_F(KeepaliveTest, whatever_came_puts_the_question_off) {
    EXPECT_EQ(machine.on_timer(start + 30s, start + 12s, true), Action::none);
    EXPECT_EQ(machine.wake_at(), start + 42s);
    EXPECT_EQ(machine.on_timer(start + 42s, start + 12s, true), Action::ping);
}

TEST_F(KeepaliveTest, a_peer_that_stays_silent_is_given_up) {
    ASSERT_EQ(machine.on_timer(start + 30s, start, true), Action::ping);
    EXPECT_EQ(machine.on_timer(start + 50s, start, true), Action::give_up);
}

TEST_F(KeepaliveTest, a_peer_that_is_asked_and_loses_its_streams_must_answer_all_the_same) {
    ASSERT_EQ(machine.on_timer(start + 30s, start, true), Action::ping);
    EXPECT_EQ(machine.on_timer(start + 50s, start, false), Action::give_up);
}

TEST_F(KeepaliveTest, any_sign_of_life_is_an_answer) {
    ASSERT_EQ(machine.on_timer(start + 30s, start, true), Action::ping);
    EXPECT_EQ(machine.on_timer(start + 50s, start + 31s, true), Action::none);
    EXPECT_EQ(machine.wake_at(), start + 61s);
    EXPECT_EQ(machine.on_timer(start + 61s, start + 31s, true), Action::ping);
}

TEST_F(KeepaliveTest, a_long_time_to_answer_does_not_put_off_the_next_question) {
    Keepalive patient{{.time = 10s, .timeout = 60s}};
    patient.start(start);
    ASSERT_EQ(patient.on_timer(start + 10s, start, true), Action::ping);
    EXPECT_EQ(patient.wake_at(), start + 20s);
    EXPECT_EQ(patient.on_timer(start + 20s, start, true), Action::none);
    EXPECT_EQ(patient.wake_at(), start + 70s);
    EXPECT_EQ(patient.on_timer(start + 70s, start, true), Action::give_up);
    Keepalive answered{{.time = 10s, .timeout = 60s}};
    answered.start(start);
    ASSERT_EQ(answered.on_timer(start + 10s, start, true), Action::ping);
    ASSERT_EQ(answered.on_timer(start + 20s, start + 11s, true), Action::none);
    EXPECT_EQ(answered.on_timer(start + 21s, start + 11s, true), Action::ping);
}

TEST_F(KeepaliveTest, without_streams_nobody_is_asked_until_there_are_some) {
    EXPECT_EQ(machine.on_timer(start + 30s, start, false), Action::none);
    EXPECT_EQ(machine.wake_at(), start + 60s);
    EXPECT_EQ(machine.on_timer(start + 60s, start, true), Action::ping);
}

TEST_F(KeepaliveTest, without_streams_it_is_asked_where_that_is_wanted) {
    machine = machine_with(true);
    EXPECT_EQ(machine.on_timer(start + 30s, start, false), Action::ping);
    EXPECT_EQ(machine.on_timer(start + 50s, start, false), Action::give_up);
}

TEST_F(KeepaliveTest, a_process_that_stood_still_itself_gives_the_peer_another_chance) {
    ASSERT_EQ(machine.on_timer(start + 30s, start, true), Action::ping);
    EXPECT_EQ(machine.on_timer(start + 300s, start, true), Action::none);
    EXPECT_EQ(machine.wake_at(), start + 320s);
    EXPECT_EQ(machine.on_timer(start + 320s, start, true), Action::give_up);
}

TEST_F(KeepaliveTest, a_peer_that_is_waited_for_in_vain_is_asked_at_once_and_once) {
    EXPECT_EQ(machine.on_doubt(start + 2s, start), Action::ping);
    EXPECT_EQ(machine.wake_at(), start + 22s);
    EXPECT_EQ(machine.on_doubt(start + 3s, start), Action::none);
    EXPECT_EQ(machine.on_timer(start + 22s, start, false), Action::give_up);
}

TEST_F(KeepaliveTest, without_a_time_only_a_doubt_asks) {
    Keepalive doubting{{.time = 0s, .timeout = 20s}};
    EXPECT_EQ(doubting.on_doubt(start + 2s, start), Action::ping);
    EXPECT_EQ(doubting.on_timer(start + 22s, start + 3s, true), Action::none);
    EXPECT_EQ(doubting.wake_at(), SteadyTime::max());
    EXPECT_EQ(doubting.on_doubt(start + 100s, start + 3s), Action::ping);
    EXPECT_EQ(doubting.on_timer(start + 120s, start + 3s, true), Action::give_up);
}

TEST_F(KeepaliveTest, slowing_down_doubles_the_time_up_to_a_day) {
    KeepaliveOptions options{.time = 30s};
    options.slow_down();
    EXPECT_EQ(options.time, 60s);
    for (int i = 0; i < 100; ++i) options.slow_down();
    EXPECT_EQ(options.time, 24h);
}

class PingStrikesTest : public testing::Test {
 protected:
    SteadyTime now{1h};
    PingStrikes strikes{{.interval_min = 5min}};

    bool ping_after(std::chrono::seconds pause, bool has_streams = true) {
        now += pause;
        return strikes.note(now, has_streams);
    }
};

TEST_F(PingStrikesTest, who_keeps_the_interval_may_ping_for_ever) {
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(ping_after(5min));
}

TEST_F(PingStrikesTest, the_first_ping_is_free_two_early_ones_are_borne_and_the_third_is_not) {
    EXPECT_FALSE(ping_after(0s));
    EXPECT_FALSE(ping_after(299s));
    EXPECT_FALSE(ping_after(299s));
    EXPECT_TRUE(ping_after(299s));
}

TEST_F(PingStrikesTest, strikes_stay_when_the_peer_betters_itself) {
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(ping_after(1s));
    EXPECT_FALSE(ping_after(5min));
    EXPECT_TRUE(ping_after(1s));
}

TEST_F(PingStrikesTest, what_is_sent_to_the_peer_forgives_them) {
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(ping_after(1s));
    strikes.forgive();
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(ping_after(1s));
    EXPECT_TRUE(ping_after(1s));
}

TEST_F(PingStrikesTest, without_streams_two_hours_are_the_interval) {
    EXPECT_FALSE(ping_after(0s, false));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(ping_after(2h, false));
    EXPECT_FALSE(ping_after(1h, false));
    EXPECT_FALSE(ping_after(1h, false));
    EXPECT_TRUE(ping_after(1h, false));
}

TEST_F(PingStrikesTest, without_streams_the_interval_holds_for_who_has_leave) {
    strikes = PingStrikes{{.interval_min = 5min, .without_streams = true}};
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(ping_after(5min, false));
}

TEST_F(PingStrikesTest, without_an_interval_nobody_counts) {
    strikes = PingStrikes{PingLimits{}};
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(ping_after(0s));
}

}  // namespace
}  // namespace tw::net
