#include "kit/async/combine.hpp"
#include "kit/async/lasting_gate.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/run.hpp"
#include "kit/async/trace_fixture.hpp"
#include "kit/base/result.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

// These tests destroy tasks, gates and values in different orders and check what happens. Under
// AddressSanitizer they also find accesses to what was destroyed.
namespace tw {
namespace {

using test::Trace;

Task<void> wait_with(Trace, OneShot<bool>& signal) { co_await signal; }

// ---- Task

TEST(TaskLifetimeTest, a_task_that_is_never_awaited_destroys_its_arguments) {
    std::string trail;
    OneShot<bool> signal;
    {
        const auto task = wait_with(Trace{trail, 'a'}, signal);
    }
    EXPECT_EQ(trail, "a");
}

TEST(TaskLifetimeTest, assigning_to_a_task_destroys_the_one_that_it_held) {
    std::string trail;
    OneShot<bool> signal;
    auto task = wait_with(Trace{trail, 'a'}, signal);
    task = wait_with(Trace{trail, 'b'}, signal);
    EXPECT_EQ(trail, "a");
    auto& same = task;
    task = std::move(same);
    EXPECT_EQ(trail, "a") << "an assignment to itself destroys nothing";
}

TEST(TaskLifetimeTest, a_task_that_was_moved_from_destroys_nothing) {
    std::string trail;
    OneShot<bool> signal;
    {
        auto task = wait_with(Trace{trail, 'a'}, signal);
        {
            const auto taken = std::move(task);
        }
        EXPECT_EQ(trail, "a");
    }
    EXPECT_EQ(trail, "a");
}

TEST(TaskLifetimeTest, an_exception_of_a_task_without_value_reaches_who_awaits_it) {
    const auto fails = []() -> Task<void> {
        throw std::logic_error{"bug"};
        co_return;
    };
    const auto catches = [](Task<void> task) -> Task<std::string> {
        try {
            co_await std::move(task);
        } catch (const std::logic_error& error) {
            co_return error.what();
        }
        co_return "nothing";
    };
    EventLoop loop;
    EXPECT_EQ(run_until_done(loop, catches(fails())), "bug");
}

// ---- Gate

TEST(GateLifetimeTest, the_frame_of_a_spawned_task_goes_before_its_pass_does) {
    std::string trail;
    OneShot<bool> signal;
    {
        Gate gate;
        spawn(gate, wait_with(Trace{trail, 'f'}, signal));
        gate.close([&trail] { trail += 'e'; });
        EXPECT_EQ(trail, "");
        signal.set(true);
    }
    EXPECT_EQ(trail, "fe") << "what the frame refers to is there until the gate is empty";
}

TEST(GateLifetimeTest, a_closed_gate_destroys_what_it_does_not_start) {
    std::string trail;
    OneShot<bool> signal;
    Gate gate;
    gate.close([] {});
    spawn(gate, wait_with(Trace{trail, 'f'}, signal));
    EXPECT_EQ(trail, "f");
    EXPECT_EQ(gate.inside(), 0u);
}

TEST(GateLifetimeTest, a_pass_that_was_moved_from_does_not_leave) {
    Gate gate;
    {
        auto pass = gate.enter();
        const auto kept = std::move(pass);
        EXPECT_EQ(gate.inside(), 1u);
    }
    EXPECT_EQ(gate.inside(), 0u);
}

TEST(GateLifetimeTest, the_call_back_of_close_may_destroy_the_gate) {
    OneShot<bool> signal;
    std::string trail;
    auto gate = std::make_unique<Gate>();
    spawn(*gate, wait_with(Trace{trail, 'f'}, signal));
    gate->close([&gate] { gate.reset(); });
    signal.set(true);
    EXPECT_EQ(gate, nullptr);
}

TEST(GateLifetimeTest, a_lasting_gate_may_be_left_behind_while_work_is_inside) {
    OneShot<bool> signal;
    std::string trail;
    auto gate = std::make_unique<LastingGate>();
    spawn(gate->get(), wait_with(Trace{trail, 'f'}, signal));
    gate.reset();
    EXPECT_EQ(trail, "") << "the work goes on";
    signal.set(true);
    EXPECT_EQ(trail, "f");
}

TEST(GateLifetimeTest, work_inside_a_lasting_gate_that_was_left_starts_no_more_of_it) {
    OneShot<bool> signal;
    std::string trail;
    auto gate = std::make_unique<LastingGate>();
    auto& inner = gate->get();
    const auto spawn_late = [](Gate& gate, OneShot<bool>& signal, std::string& trail) -> Task<void> {
        co_await signal;
        OneShot<bool> never;
        spawn(gate, wait_with(Trace{trail, 'n'}, never));
        EXPECT_EQ(trail, "n") << "it was turned away";
    };
    spawn(inner, spawn_late(inner, signal, trail));
    gate.reset();
    signal.set(true);
    EXPECT_EQ(trail, "n");
}

TEST(BothLifetimeTest, both_waits_for_the_second_task_though_the_first_has_failed) {
    EventLoop loop;
    std::string trail;
    OneShot<bool> signal;
    const auto fail = []() -> Task<Result<void>> { co_return unavailable("at once"); };
    const auto work = [](std::string& trail, OneShot<bool>& signal) -> Task<Result<void>> {
        co_await signal;
        trail += 'w';
        co_return Result<void>{};
    };
    loop.post([&] { loop.post([&] { signal.set(true); }); });
    const auto ended = run_until_done(loop, both(fail(), work(trail, signal)));
    EXPECT_EQ(trail, "w");
    EXPECT_FALSE(ended.first);
    EXPECT_TRUE(ended.second);
}

// ---- OneShot

TEST(OneShotLifetimeTest, who_is_resumed_may_destroy_it) {
    auto one = std::make_unique<OneShot<std::string>>();
    std::string got;
    Gate gate;
    const auto take = [](std::unique_ptr<OneShot<std::string>>& one, std::string& got) -> Task<void> {
        got = co_await *one;
        one.reset();
    };
    spawn(gate, take(one, got));
    one->set("a value that is longer than what a string keeps in place");
    EXPECT_EQ(one, nullptr);
    EXPECT_EQ(got.size(), 56u);
}

}  // namespace
}  // namespace tw
