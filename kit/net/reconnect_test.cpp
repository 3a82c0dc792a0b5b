#include "kit/net/reconnect.hpp"

#include <gtest/gtest.h>

namespace tw::net {
namespace {

using namespace std::chrono_literals;
using ReconnectAdvice = Reconnect::Advice;

class ReconnectTest : public testing::Test {
 protected:
    Reconnect machine{50ms, 300ms};
    SteadyTime now{1h};

    void fail(double random) {
        ASSERT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
        machine.on_failed(now, random);
    }
};

TEST_F(ReconnectTest, the_first_demand_connects_and_others_wait_for_it) {
    EXPECT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
    EXPECT_EQ(machine.on_demand(now), ReconnectAdvice::wait);
    EXPECT_EQ(machine.state(), Reconnect::State::connecting);
    machine.on_connected();
    EXPECT_EQ(machine.on_demand(now), ReconnectAdvice::use);
    EXPECT_EQ(machine.state(), Reconnect::State::connected);
    machine.on_lost(now, true, 0.5);
    EXPECT_EQ(machine.state(), Reconnect::State::idle);
}

TEST_F(ReconnectTest, after_a_failure_demands_fail_until_the_random_moment) {
    fail(0.5);
    EXPECT_EQ(machine.retry_at(), now + 25ms);
    EXPECT_EQ(machine.state(), Reconnect::State::backing_off);
    EXPECT_EQ(machine.on_demand(now + 24ms), ReconnectAdvice::fail);
    EXPECT_EQ(machine.on_demand(now + 25ms), ReconnectAdvice::connect);
}

TEST_F(ReconnectTest, the_bound_doubles_up_to_the_last) {
    for (const auto bound : {50ms, 100ms, 200ms, 300ms, 300ms}) {
        fail(1.0);
        EXPECT_EQ(machine.retry_at() - now, bound);
        now = machine.retry_at();
    }
}

TEST_F(ReconnectTest, a_connection_that_served_resets_the_bound) {
    fail(1.0);
    now = machine.retry_at();
    ASSERT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
    machine.on_connected();
    machine.on_lost(now, true, 1.0);
    EXPECT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
    machine.on_failed(now, 1.0);
    EXPECT_EQ(machine.retry_at() - now, 50ms);
}

TEST_F(ReconnectTest, a_connection_on_which_nobody_answered_counts_as_a_failure) {
    ASSERT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
    machine.on_connected();
    machine.on_lost(now, false, 1.0);
    EXPECT_EQ(machine.on_demand(now), ReconnectAdvice::fail);
}

TEST_F(ReconnectTest, an_attempt_in_a_hurry_does_not_reset_the_bound) {
    fail(1.0);
    machine.hurry(now);
    ASSERT_EQ(machine.on_demand(now), ReconnectAdvice::connect);
    machine.on_failed(now, 1.0);
    EXPECT_EQ(machine.retry_at() - now, 100ms);
}

}  // namespace
}  // namespace tw::net
