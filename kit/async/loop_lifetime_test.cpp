#include "kit/async/cancel.hpp"
#include "kit/async/run.hpp"
#include "kit/async/trace_fixture.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/async/worker_pool.hpp"

#include <latch>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

// These tests destroy the scopes, waiters, timers and works of a loop in different orders and check
// what happens. Under AddressSanitizer they also find accesses to what was destroyed.
namespace tw {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Trace;

// ---- CancelScope

TEST(ScopeLifetimeTest, a_hook_may_destroy_the_scope_and_the_others_are_still_told_why) {
    EventLoop loop;
    auto scope = std::make_unique<CancelScope>(loop);
    std::string told;
    const CancelScope::Hook first{*scope, [&](const Error&) { scope.reset(); }};
    const CancelScope::Hook second{*scope, [&](const Error& why) { told = why.reason(); }};
    scope->cancel(Error{Code::cancelled, "A_REASON_THAT_IS_LONGER_THAN_A_STRING_KEEPS_IN_PLACE", ""});
    EXPECT_EQ(scope, nullptr);
    EXPECT_EQ(told, "A_REASON_THAT_IS_LONGER_THAN_A_STRING_KEEPS_IN_PLACE");
}

TEST(ScopeLifetimeTest, a_hook_may_destroy_itself) {
    EventLoop loop;
    CancelScope scope{loop};
    std::string trail;
    std::optional<CancelScope::Hook> hook;
    hook.emplace(scope, [&hook, trace = std::make_unique<Trace>(trail, 'h'), &trail](const Error&) {
        hook.reset();
        EXPECT_EQ(trail, "") << "its function stays until it has ended";
    });
    scope.cancel(cancelled());
    EXPECT_FALSE(hook);
    EXPECT_EQ(trail, "h");
}

TEST(ScopeLifetimeTest, a_hook_that_has_gone_is_not_told) {
    EventLoop loop;
    CancelScope scope{loop};
    bool told = false;
    {
        const CancelScope::Hook hook{scope, [&](const Error&) { told = true; }};
    }
    scope.cancel(cancelled());
    EXPECT_FALSE(told);
}

TEST(ScopeLifetimeTest, a_hook_of_a_scope_that_is_over_is_not_told) {
    EventLoop loop;
    CancelScope scope{loop};
    scope.cancel(cancelled());
    bool told = false;
    const CancelScope::Hook hook{scope, [&](const Error&) { told = true; }};
    EXPECT_FALSE(told);
}

TEST(ScopeLifetimeTest, a_child_that_has_gone_is_not_told_of_its_parents_end) {
    EventLoop loop;
    CancelScope parent{loop};
    bool told = false;
    {
        CancelScope child{loop, Deadline::never(), &parent};
        const CancelScope::Hook hook{child, [&](const Error&) { told = true; }};
    }
    parent.cancel(cancelled());
    EXPECT_FALSE(told);
}

TEST(ScopeLifetimeTest, the_timer_of_a_scope_goes_with_it) {
    EventLoop loop;
    {
        const CancelScope scope{loop, Deadline::after(loop.now(), milliseconds{1})};
    }
    loop.timers().advance(loop.now() + seconds{1});
    EXPECT_EQ(loop.timers().next_wake(), std::nullopt);
}

TEST(ScopeLifetimeTest, a_scope_that_was_cancelled_does_not_change_its_reason_at_its_deadline) {
    EventLoop loop;
    CancelScope scope{loop, Deadline::after(loop.now(), milliseconds{1})};
    scope.cancel(cancelled());
    loop.timers().advance(loop.now() + seconds{1});
    EXPECT_EQ(scope.error()->code(), Code::cancelled);
}

// ---- WaitList

struct WaitListLifetimeTest : testing::Test {
    static Task<void> wait(WaitListLifetimeTest& at, CancelScope& scope, char name) {
        WaitList::Waiter waiter{at.list, at.loop, scope};
        co_await waiter;
        at.trail += name;
    }
    void run_turns() {
        const auto turns = [](EventLoop& loop) -> Task<void> {
            for (int i = 0; i < 10; ++i) co_await hop_to(loop);
        };
        run_until_done(loop, turns(loop));
    }

    EventLoop loop;
    WaitList list;
    std::string trail;
    Gate gate;
};

TEST_F(WaitListLifetimeTest, those_who_wait_are_woken_in_the_order_they_came_and_in_a_later_turn) {
    CancelScope scope{loop};
    for (const char name : {'a', 'b', 'c'}) spawn(gate, wait(*this, scope, name));
    list.first().wake();
    EXPECT_EQ(trail, "");
    run_turns();
    EXPECT_EQ(trail, "a");
    list.wake_all();
    EXPECT_TRUE(list.empty());
    run_turns();
    EXPECT_EQ(trail, "abc");
}

TEST_F(WaitListLifetimeTest, who_was_cancelled_has_left_the_list_and_is_resumed_once) {
    CancelScope first{loop};
    CancelScope second{loop};
    spawn(gate, wait(*this, first, 'a'));
    spawn(gate, wait(*this, second, 'b'));
    auto& waiter = list.first();
    first.cancel(cancelled());
    waiter.wake();
    run_turns();
    EXPECT_EQ(trail, "a");
    list.wake_all();
    run_turns();
    EXPECT_EQ(trail, "ab");
    EXPECT_EQ(gate.inside(), 0u);
}

TEST_F(WaitListLifetimeTest, who_goes_without_having_waited_leaves_the_list) {
    CancelScope scope{loop};
    {
        const WaitList::Waiter waiter{list, loop, scope};
    }
    EXPECT_TRUE(list.empty());
    scope.cancel(cancelled());
}

// ---- Timers and the ends of turns

TEST(TimerLifetimeTest, a_timer_may_be_destroyed_by_another_that_fires_before_it) {
    EventLoop loop;
    std::string trail;
    std::optional<Timer> second;
    Timer first{loop.timers(), [&] {
                    trail += '1';
                    second.reset();
                }};
    second.emplace(loop.timers(), [&] { trail += '2'; });
    const auto when = loop.now() + milliseconds{1};
    first.arm(when);
    second->arm(when);
    loop.timers().advance(when + seconds{1});
    EXPECT_EQ(trail, "1");
}

TEST(TimerLifetimeTest, a_timer_that_fires_keeps_its_function_until_that_has_ended) {
    EventLoop loop;
    std::string trail;
    std::optional<Timer> timer;
    timer.emplace(loop.timers(), [&timer, trace = std::make_unique<Trace>(trail, 't'), &trail] {
        timer.reset();
        EXPECT_EQ(trail, "");
    });
    timer->arm(loop.now());
    loop.timers().advance(loop.now() + seconds{1});
    EXPECT_EQ(trail, "t");
}

TEST(TurnEndLifetimeTest, work_in_the_middle_and_at_the_end_of_the_queue_may_go) {
    EventLoop loop;
    std::string order;
    std::optional<TurnEnd> middle;
    std::optional<TurnEnd> last;
    TurnEnd first{[&] { order += '1'; }};
    middle.emplace([&] { order += '2'; });
    last.emplace([&] { order += '3'; });
    TurnEnd late{[&] {
        order += '4';
        loop.stop();
    }};
    loop.post([&] {
        loop.at_turn_end(first);
        loop.at_turn_end(*middle);
        loop.at_turn_end(*last);
        middle.reset();
        last.reset();
        loop.at_turn_end(late);
    });
    loop.run();
    EXPECT_EQ(order, "14");
}

TEST(TurnEndLifetimeTest, work_may_outlive_the_loop_that_it_is_queued_in) {
    auto loop = std::make_unique<EventLoop>();
    TurnEnd first{[] {}};
    TurnEnd second{[] {}};
    loop->at_turn_end(first);
    loop->at_turn_end(second);
    loop.reset();
}

TEST(TurnEndLifetimeTest, work_may_be_destroyed_by_what_runs_before_it) {
    EventLoop loop;
    std::string order;
    std::optional<TurnEnd> second;
    TurnEnd first{[&] {
        order += '1';
        second.reset();
        loop.stop();
    }};
    second.emplace([&] { order += '2'; });
    loop.post([&] {
        loop.at_turn_end(first);
        loop.at_turn_end(*second);
    });
    loop.run();
    EXPECT_EQ(order, "1");
}

// ---- WorkerPool

TEST(WorkerPoolLifetimeTest, work_goes_as_soon_as_it_is_done) {
    std::string trail;
    std::latch posted{1};
    std::latch seen{1};
    {
        WorkerPool pool{1};
        pool.post([trace = std::make_unique<Trace>(trail, 'a'), &posted] { posted.wait(); });
        pool.post([&trail, &seen] {
            EXPECT_EQ(trail, "a") << "the work before this one has gone, with all that it held";
            seen.count_down();
        });
        EXPECT_LE(pool.queued(), 2u);
        posted.count_down();
        seen.wait();
    }
    EXPECT_EQ(trail, "a");
}

}  // namespace
}  // namespace tw
