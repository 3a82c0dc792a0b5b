#include "kit/async/task.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace tw {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Task<int> number(int value) { co_return value; }

Task<std::int64_t> sum_to(int count) {
    std::int64_t sum = 0;
    for (int i = 1; i <= count; ++i) sum += co_await number(i);
    co_return sum;
}

TEST(Task, gives_its_value_to_who_awaits_it) {
    EventLoop loop;
    EXPECT_EQ(run_until_done(loop, sum_to(10)), 55);
}

TEST(Task, a_million_tasks_that_never_suspend_do_not_grow_the_stack) {
    EventLoop loop;
    EXPECT_GT(run_until_done(loop, sum_to(1'000'000)), 0);
}

TEST(Task, does_not_start_before_it_is_awaited) {
    bool started = false;
    const auto body = [](bool& started) -> Task<void> {
        started = true;
        co_return;
    };
    EventLoop loop;
    auto task = body(started);
    EXPECT_FALSE(started);
    run_until_done(loop, std::move(task));
    EXPECT_TRUE(started);
}

Task<int> fails() {
    throw std::logic_error{"bug"};
    co_return 0;
}

Task<std::string> catches() {
    try {
        co_await fails();
    } catch (const std::logic_error& error) {
        co_return error.what();
    }
    co_return "";
}

TEST(Task, an_exception_travels_to_who_awaits_it) {
    EventLoop loop;
    EXPECT_EQ(run_until_done(loop, catches()), "bug");
}

Task<Result<void>> nap(const CallContext& ctx, milliseconds delay) { return sleep_for(ctx, delay); }

TEST(Both, runs_its_tasks_concurrently_and_waits_for_both) {
    EventLoop loop;
    RootCall call{loop};
    std::string order;
    const auto branch = [](const CallContext& ctx, std::string& order, char name, milliseconds delay) -> Task<int> {
        order += name;
        const auto slept = co_await nap(ctx, delay);
        order += name;
        co_return slept ? name : 0;
    };
    const auto pair = run_until_done(
        loop, both(branch(call.context(), order, 'a', milliseconds{60}), branch(call.context(), order, 'b', milliseconds{1})));
    EXPECT_EQ(order, "abba");
    EXPECT_EQ(pair, std::pair(int{'a'}, int{'b'}));
}

TEST(All, keeps_the_order_of_its_tasks_and_takes_none) {
    EventLoop loop;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(number(i));
    EXPECT_EQ(run_until_done(loop, all(std::move(tasks))), (std::vector{0, 1, 2, 3, 4}));
    EXPECT_TRUE(run_until_done(loop, all(std::vector<Task<int>>{})).empty());
}

TEST(SleepFor, ends_early_when_the_call_is_cancelled) {
    EventLoop loop;
    RootCall call{loop};
    loop.post([&] { loop.post([&] { call.scope().cancel(cancelled()); }); });
    const auto slept = run_until_done(loop, nap(call.context(), seconds{3600}));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().code(), Code::cancelled);
}

TEST(SleepFor, ends_at_the_deadline) {
    EventLoop loop;
    RootCall call{loop, Deadline::after(loop.now(), milliseconds{5})};
    const auto slept = run_until_done(loop, nap(call.context(), seconds{3600}));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().code(), Code::deadline_exceeded);
}

TEST(SleepFor, a_call_that_is_over_does_not_begin_to_sleep) {
    EventLoop loop;
    RootCall call{loop};
    call.scope().cancel(cancelled());
    const auto slept = run_until_done(loop, sleep_for(call.context(), milliseconds{10}));
    ASSERT_FALSE(slept);
    EXPECT_EQ(slept.error().code(), Code::cancelled);
    EXPECT_FALSE(slept.error().outcome_open());
}

TEST(CancelScope, tells_hooks_in_order_and_once) {
    EventLoop loop;
    CancelScope scope{loop};
    std::string told;
    const CancelScope::Hook first{scope, [&](const Error&) { told += '1'; }};
    const CancelScope::Hook second{scope, [&](const Error&) { told += '2'; }};
    scope.cancel(cancelled());
    scope.cancel(deadline_exceeded());
    EXPECT_EQ(told, "12");
    EXPECT_EQ(scope.error()->code(), Code::cancelled);
}

TEST(CancelScope, a_hook_may_destroy_the_next_one) {
    EventLoop loop;
    CancelScope scope{loop};
    bool told = false;
    std::optional<CancelScope::Hook> second;
    const CancelScope::Hook first{scope, [&](const Error&) { second.reset(); }};
    second.emplace(scope, [&](const Error&) { told = true; });
    scope.cancel(cancelled());
    EXPECT_FALSE(told);
}

TEST(CancelScope, a_child_is_cancelled_with_its_parent_and_never_lives_longer) {
    EventLoop loop;
    CancelScope parent{loop, Deadline::after(loop.now(), seconds{1})};
    CancelScope child{loop, Deadline::after(loop.now(), seconds{5}), &parent};
    EXPECT_EQ(child.deadline(), parent.deadline());
    parent.cancel(cancelled());
    ASSERT_TRUE(child.error());
    EXPECT_EQ(child.error()->code(), Code::cancelled);
    const CancelScope late{loop, Deadline::never(), &parent};
    EXPECT_TRUE(late.error());
}

TEST(CancelScope, a_child_with_a_shorter_deadline_ends_before_its_parent) {
    EventLoop loop;
    CancelScope parent{loop, Deadline::after(loop.now(), seconds{5})};
    const CancelScope child{loop, Deadline::after(loop.now(), milliseconds{1}), &parent};
    loop.timers().advance(loop.now() + seconds{1});
    ASSERT_TRUE(child.error());
    EXPECT_EQ(child.error()->code(), Code::deadline_exceeded);
    EXPECT_FALSE(parent.error());
}

TEST(CancelScope, a_childs_end_leaves_the_parent_alone) {
    EventLoop loop;
    CancelScope parent{loop};
    CancelScope child{loop, Deadline::never(), &parent};
    child.cancel(deadline_exceeded());
    EXPECT_FALSE(parent.error());
}

TEST(Gate, close_waits_for_those_inside_and_turns_newcomers_away) {
    Gate gate;
    bool empty = false;
    {
        const auto pass = gate.enter();
        gate.close([&] { empty = true; });
        EXPECT_FALSE(gate.enter());
        EXPECT_FALSE(empty);
    }
    EXPECT_TRUE(empty);
}

TEST(Gate, close_of_an_empty_gate_calls_back_at_once) {
    Gate gate;
    bool empty = false;
    gate.close([&] { empty = true; });
    EXPECT_TRUE(empty);
}

}  // namespace
}  // namespace tw
