#include "kit/rpc/network/picker.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;
using enum Connectivity;
using Advice = Picker::Advice;

constexpr SteadyTime kNow{1h};

constexpr auto kRoom = [](std::size_t) { return true; };

/// Returns the indices of the next `count` picks as digits, with "-" for no pick.
std::string picks(Picker& picker, int count) {
    std::string picked;
    for (int i = 0; i < count; ++i) {
        const auto index = picker.pick(kRoom);
        picked += index ? static_cast<char>('0' + *index) : '-';
    }
    return picked;
}

TEST(PickerTest, round_robin_takes_turns_from_the_given_start) {
    Picker picker{BalancingPolicy::round_robin, {ready, ready, ready}, 2};
    EXPECT_EQ(picks(picker, 7), "2012012");
}

TEST(PickerTest, round_robin_skips_subchannels_that_are_not_ready) {
    Picker picker{BalancingPolicy::round_robin, {ready, transient_failure, ready, connecting}};
    EXPECT_EQ(picks(picker, 4), "0202");
    picker.set(0, idle);
    EXPECT_EQ(picks(picker, 3), "222");
    picker.set(2, transient_failure);
    EXPECT_EQ(picks(picker, 2), "--");
}

TEST(PickerTest, round_robin_skips_a_full_connection_and_waits_if_all_are_full) {
    Picker picker{BalancingPolicy::round_robin, {ready, ready}};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(picker.pick([](std::size_t index) { return index == 1; }), 1u);
    EXPECT_FALSE(picker.pick([](std::size_t) { return false; }));
    EXPECT_EQ(picker.step(kNow).advice, Advice::wait);
}

TEST(PickerTest, round_robin_connects_to_all_at_the_first_call) {
    Picker picker{BalancingPolicy::round_robin, {idle, idle}};
    for (std::size_t i = 0; i < 2; ++i) {
        const auto step = picker.step(kNow);
        ASSERT_EQ(step.advice, Advice::connect);
        EXPECT_EQ(step.index, i);
        picker.set(i, connecting);
    }
    EXPECT_EQ(picker.step(kNow).advice, Advice::wait);
    picker.set(0, transient_failure, kNow);
    EXPECT_EQ(picker.step(kNow).advice, Advice::wait) << "the other may still succeed, and a timer sees to this one";
    picker.set(1, transient_failure, kNow + 1s);
    EXPECT_EQ(picker.step(kNow).advice, Advice::fail);
    EXPECT_EQ(picker.retry_at(), kNow);
}

TEST(PickerTest, round_robin_does_not_move_on_to_the_next_address_after_a_failure) {
    Picker picker{BalancingPolicy::round_robin, {connecting, idle}};
    picker.set(0, transient_failure, kNow + 1s);
    EXPECT_FALSE(picker.after_failure(0, kNow)) << "a call connects to all of them anyway";
}

TEST(PickerTest, pick_first_stays_with_the_first_one_that_answers) {
    Picker picker{BalancingPolicy::pick_first, {idle, idle}};
    EXPECT_EQ(picker.step(kNow).index, 0u);
    picker.set(0, connecting);
    EXPECT_EQ(picker.step(kNow).advice, Advice::wait);
    picker.set(0, transient_failure, kNow + 1s);
    ASSERT_EQ(picker.after_failure(0, kNow), 1u);
    picker.set(1, ready);
    EXPECT_EQ(picks(picker, 3), "111");
    EXPECT_FALSE(picker.pick([](std::size_t) { return false; }));
    EXPECT_EQ(picker.step(kNow + 2s).advice, Advice::wait) << "a call that finds no room waits; it connects to nobody else";
}

TEST(PickerTest, pick_first_starts_again_when_its_connection_is_lost) {
    Picker picker{BalancingPolicy::pick_first, {transient_failure, ready}};
    picker.set(0, transient_failure, kNow + 1s);
    picker.set(1, idle);
    EXPECT_EQ(picker.step(kNow).index, 1u);
    EXPECT_EQ(picker.step(kNow + 1s).index, 0u);
}

TEST(PickerTest, pick_first_fails_until_the_first_back_off_is_over) {
    Picker picker{BalancingPolicy::pick_first, {idle, idle}};
    picker.set(0, transient_failure, kNow + 2s);
    picker.set(1, transient_failure, kNow + 1s);
    EXPECT_FALSE(picker.after_failure(1, kNow + 3s)) << "an attempt is one pass over the list";
    EXPECT_EQ(picker.step(kNow).advice, Advice::fail);
    EXPECT_EQ(picker.retry_at(), kNow + 1s);
    const auto step = picker.step(kNow + 1s);
    EXPECT_EQ(step.advice, Advice::connect);
    EXPECT_EQ(step.index, 1u);
}

TEST(PickerTest, pick_first_moves_on_to_an_untried_address_in_front) {
    // A new list has put an address in front of the one that is being connected.
    Picker picker{BalancingPolicy::pick_first, {idle, connecting}};
    picker.set(1, transient_failure, kNow + 1s);
    EXPECT_EQ(picker.after_failure(1, kNow), 0u);
    picker.set(0, transient_failure, kNow + 2s);
    EXPECT_FALSE(picker.after_failure(0, kNow));
}

TEST(PickerTest, automatic_is_round_robin_for_several_and_pick_first_for_one) {
    EXPECT_EQ((Picker{BalancingPolicy::automatic, {idle}}.name()), "pick_first");
    EXPECT_EQ((Picker{BalancingPolicy::automatic, {idle, idle}}.name()), "round_robin");
    EXPECT_EQ((Picker{BalancingPolicy::round_robin, {idle}}.name()), "round_robin");
}

TEST(PickerTest, the_channels_state_is_that_of_its_best_subchannel) {
    EXPECT_EQ((Picker{BalancingPolicy::round_robin, {transient_failure, ready, connecting}}.overall()), ready);
    EXPECT_EQ((Picker{BalancingPolicy::round_robin, {transient_failure, connecting}}.overall()), connecting);
    EXPECT_EQ((Picker{BalancingPolicy::round_robin, {transient_failure, idle}}.overall()), transient_failure);
    EXPECT_EQ((Picker{BalancingPolicy::round_robin, {}}.overall()), idle);
}

TEST(PickerTest, without_subchannels_calls_fail) {
    Picker picker{BalancingPolicy::automatic, {}};
    EXPECT_FALSE(picker.pick(kRoom));
    EXPECT_EQ(picker.step(kNow).advice, Advice::fail);
}

}  // namespace
}  // namespace tw::rpc
