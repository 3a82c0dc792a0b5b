#include "kit/rpc/policies/gradient_limit.hpp"

#include "kit/rpc/policies/deadline_budget.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

class GradientLimitTest : public testing::Test {
 protected:
    /// Ends windows in which `in_flight` calls at once take `latency` each. If they are as many as
    /// the limit, another one finds no room.
    void windows(int count, std::chrono::nanoseconds latency, std::uint32_t in_flight) {
        for (int i = 0; i < count; ++i) window(read, latency, in_flight);
    }
    void window(std::size_t method, std::chrono::nanoseconds latency, std::uint32_t in_flight) {
        if (in_flight >= limit.limit()) limit.on_full();
        // A window lasts as long as the calls of the one before.
        const auto length = std::max<std::chrono::nanoseconds>(100ms, std::exchange(latency_before, latency));
        for (int i = 1; i < 20 * length / 100ms; ++i) EXPECT_FALSE(limit.on_end(method, latency, in_flight, now));
        now += length;
        EXPECT_TRUE(limit.on_end(method, latency, in_flight, now));
    }

    SteadyTime now{1h};
    std::chrono::nanoseconds latency_before{0};
    GradientLimit limit = begun();
    std::size_t read = limit.add_method();
    std::size_t write = limit.add_method();

 private:
    /// The first call of all ends a window that began long ago. The limit starts with it.
    static GradientLimit begun() {
        GradientLimit fresh{{.limit_first = 100,
                             .limit_least = 20,
                             .limit_most = 400,
                             .latency_fine = 10ms,
                             .tolerance = 2,
                             .samples_least = 20}};
        return fresh;
    }
};

TEST_F(GradientLimitTest, a_limit_that_is_not_reached_stays_whatever_the_latency) {
    windows(10, 20ms, 49);
    windows(10, 900ms, 99);
    EXPECT_EQ(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, it_grows_while_calls_take_as_long_as_usual_and_has_a_bound) {
    windows(1, 20ms, 60);
    windows(5, 20ms, 100);
    EXPECT_GT(limit.limit(), 105u);
    for (int i = 0; i < 1000; ++i) windows(1, 20ms, limit.limit());
    EXPECT_EQ(limit.limit(), 400u);
}

TEST_F(GradientLimitTest, it_shrinks_when_calls_take_longer_than_usual_and_has_a_floor) {
    windows(50, 20ms, 40);
    windows(1, 200ms, 100);
    EXPECT_EQ(limit.limit(), 50u) << "by half at most";
    windows(4, 900ms, 100);
    EXPECT_EQ(limit.limit(), 20u);
}

TEST_F(GradientLimitTest, it_recovers_after_overload) {
    windows(50, 20ms, 40);
    windows(20, 900ms, 100);
    windows(100, 20ms, 100);
    EXPECT_GT(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, it_returns_to_the_first_limit_when_calls_no_longer_reach_it) {
    windows(50, 20ms, 40);
    windows(5, 200ms, 100);
    const auto low = limit.limit();
    ASSERT_LT(low, 50u);
    windows(10, 200ms, low / 3);
    EXPECT_GT(limit.limit(), low + 20) << "whatever the latency, as room is not what calls lack";
    windows(100, 20ms, low / 3);
    EXPECT_GE(limit.limit(), 98u);
    EXPECT_LE(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, a_latency_that_the_lowest_limit_does_not_improve_becomes_usual) {
    windows(50, 20ms, 40);
    windows(60, 900ms, 100);
    EXPECT_EQ(limit.limit(), 20u) << "more calls are being served than the limit, so they wait for each other";
    EXPECT_LT(limit.usual(read), 20.1ms);
    windows(2, 900ms, 20);
    EXPECT_GT(limit.usual(read), 899ms);
    windows(10, 900ms, 20);
    EXPECT_GT(limit.limit(), 30u);
}

TEST_F(GradientLimitTest, it_stays_while_latency_is_between_usual_and_tolerated) {
    windows(50, 20ms, 40);
    windows(100, 30ms, 100);
    EXPECT_EQ(limit.limit(), 100u);
    EXPECT_LT(limit.usual(read), 20.1ms);
}

TEST_F(GradientLimitTest, what_is_usual_is_measured_again_at_half_the_limit_while_calls_are_refused) {
    windows(50, 20ms, 40);
    for (int i = 0; i < 300; ++i) {
        limit.on_full();
        windows(1, 30ms, 100);
    }
    EXPECT_EQ(limit.limit(), 50u);
    windows(3, 28ms, 100);
    EXPECT_EQ(limit.limit(), 50u) << "calls are still being served that began before";
    EXPECT_LT(limit.usual(read), 20.1ms);
    windows(2, 26ms, 50);
    EXPECT_NEAR(limit.usual(read).count(), 0.026, 1e-9);
    EXPECT_EQ(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, nothing_is_measured_at_half_the_limit_once_calls_no_longer_reach_it) {
    windows(50, 20ms, 40);
    for (int i = 0; i < 300; ++i) {
        limit.on_full();
        windows(1, 30ms, 100);
    }
    EXPECT_EQ(limit.limit(), 50u);
    windows(1, 30ms, 10);
    EXPECT_EQ(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, a_latency_below_the_fine_one_is_no_overload) {
    windows(50, 1ms, 40);
    windows(5, 9ms, 100);
    EXPECT_GT(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, a_slower_mix_of_methods_is_no_overload) {
    window(read, 1ms, 40);
    window(write, 300ms, 40);
    for (int i = 0; i < 5; ++i) window(write, 300ms, 100);
    EXPECT_GE(limit.limit(), 100u);
}

TEST_F(GradientLimitTest, what_is_usual_follows_a_slower_module_but_not_in_overload) {
    windows(50, 20ms, 40);
    windows(1000, 50ms, 100);
    EXPECT_LT(limit.usual(read), 20.1ms);
    windows(500, 100ms, 5);
    EXPECT_GT(limit.usual(read), 90ms);
    windows(30, 20ms, 5);
    EXPECT_LT(limit.usual(read), 30ms);
}

TEST_F(GradientLimitTest, few_calls_end_no_window) {
    now += 1s;
    for (int i = 0; i < 19; ++i) EXPECT_FALSE(limit.on_end(read, 1ms, 1, now));
    EXPECT_TRUE(limit.on_end(read, 1ms, 1, now));
}

TEST(GradientLimitWindow, it_is_as_long_as_calls_take_but_not_longer_than_two_seconds) {
    GradientLimit limit{{.limit_first = 3}};
    const auto method = limit.add_method();
    SteadyTime now{1h};
    const auto end_three = [&](std::chrono::milliseconds latency) {
        bool ended = false;
        for (int i = 0; i < 3; ++i) ended |= limit.on_end(method, latency, 3, now);
        return ended;
    };
    EXPECT_TRUE(end_three(500ms));
    now += 499ms;
    EXPECT_FALSE(end_three(30s));
    now += 1ms;
    EXPECT_TRUE(end_three(30s));
    now += 1'999ms;
    EXPECT_FALSE(end_three(1ms));
    now += 1ms;
    EXPECT_TRUE(end_three(1ms));
}

TEST(GradientLimitWindow, at_a_low_limit_as_many_calls_as_the_limit_end_it) {
    GradientLimit limit{{.limit_first = 3, .samples_least = 10}};
    const auto method = limit.add_method();
    EXPECT_FALSE(limit.on_end(method, 1ms, 3, SteadyTime{1h}));
    EXPECT_FALSE(limit.on_end(method, 1ms, 3, SteadyTime{1h}));
    EXPECT_TRUE(limit.on_end(method, 1ms, 3, SteadyTime{1h}));
}

TEST(DeadlineBudgetTest, a_deadline_nearer_than_half_the_fastest_call_cannot_be_met) {
    DeadlineBudget budget;
    for (int i = 0; i < 15; ++i) budget.on_end(100ms);
    EXPECT_TRUE(budget.can_meet(1ms)) << "too little is known";
    budget.on_end(300ms);
    EXPECT_TRUE(budget.can_meet(51ms));
    EXPECT_FALSE(budget.can_meet(49ms));
    budget.on_end(10ms);
    EXPECT_TRUE(budget.can_meet(6ms));
}

TEST(DeadlineBudgetTest, an_estimate_that_refuses_calls_gives_way) {
    DeadlineBudget budget;
    for (int i = 0; i < 16; ++i) budget.on_end(1s);
    int refused = 0;
    while (!budget.can_meet(100ms)) ++refused;
    EXPECT_EQ(refused, 16);
}

}  // namespace
}  // namespace tw::rpc
