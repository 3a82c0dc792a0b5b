#include "kit/simulation/scheduler.hpp"

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/base/random.hpp"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// Returns the lines of the history that a seed makes of two loops, a pool of workers and a timer.
std::vector<std::string> lines_of(std::uint64_t seed) {
    std::vector<std::string> lines;
    Scheduler scheduler{seed};
    scheduler.history().listen([&](std::string_view line) { lines.emplace_back(line); });
    EventLoop first;
    EventLoop second;
    WorkerPool workers{4};
    Random random;
    const auto tell = [&](std::string text) { scheduler.history().tell([&] { return text; }); };
    for (int i = 0; i < 20; ++i) {
        first.post([&, i] { tell("first " + std::to_string(i)); });
        second.post([&, i] { tell("second " + std::to_string(i) + " " + std::to_string(random.next())); });
        workers.post([&, i] { tell("worker " + std::to_string(i)); });
    }
    scheduler.run_for(1s);
    return lines;
}

TEST(Scheduler, one_seed_makes_one_history_and_another_seed_another) {
    const auto lines = lines_of(1);
    EXPECT_EQ(lines.size(), 60U);
    EXPECT_EQ(lines, lines_of(1));
    EXPECT_NE(lines, lines_of(2));
}

TEST(Scheduler, what_one_loop_was_posted_keeps_its_order) {
    Scheduler scheduler{3};
    EventLoop loop;
    EventLoop other;
    std::vector<int> order;
    for (int i = 0; i < 50; ++i) {
        loop.post([&, i] { order.push_back(i); });
        other.post([] {});
    }
    scheduler.run_for(1s);
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(order.size(), 50U);
}

TEST(Scheduler, time_passes_only_as_far_as_there_is_something_to_wait_for) {
    const auto real = std::chrono::steady_clock::now();
    Scheduler scheduler{1};
    EventLoop loop;
    const auto slept = run_until_done(loop, [](EventLoop& on) -> Task<std::chrono::nanoseconds> {
        RootCall call{on};
        const auto before = on.now();
        static_cast<void>(co_await sleep_for(call.context(), 24h));
        co_return on.now() - before;
    }(loop));
    EXPECT_GE(slept, 24h);
    EXPECT_LT(slept, 24h + 1s);
    EXPECT_LT(std::chrono::steady_clock::now() - real, 1min);
    EXPECT_EQ(scheduler.time() / 24h, 1);
}

TEST(Scheduler, the_machines_clock_and_randomness_are_the_simulations) {
    const SystemClock clock;
    std::optional<Timestamp> wall;
    {
        Scheduler scheduler{1};
        wall = clock.now();
        EXPECT_EQ(clock.steady_now(), scheduler.steady_now());
        scheduler.after(1h, [] {});
        scheduler.run_for(2h);
        EXPECT_GE(clock.now() - *wall, 1h);
        Random random;
        Scheduler::Scope again{scheduler};
        EXPECT_NE(random.next(), 0U);
    }
    // After the end of the scheduler, the thread uses the real machine again.
    EXPECT_EQ(SimulatedMachine::current(), nullptr);
    EXPECT_NE(clock.now(), *wall);
}

TEST(Scheduler, who_is_paused_stands_still_and_goes_on_afterwards) {
    Scheduler scheduler{5};
    Owner owner{.name = "paused"};
    std::optional<EventLoop> loop;
    scheduler.as(owner, [&] { loop.emplace(); });
    EventLoop other;
    std::optional<std::chrono::nanoseconds> ran;
    bool other_ran = false;
    scheduler.pause(owner, 10s);
    loop->post([&] { ran = scheduler.time(); });
    other.post([&] { other_ran = true; });
    scheduler.run_for(9s);
    EXPECT_FALSE(ran);
    EXPECT_TRUE(other_ran);
    scheduler.run_for(2s);
    ASSERT_TRUE(ran);
    EXPECT_GE(*ran, 10s);
}

TEST(Scheduler, a_wall_clock_that_is_wrong_is_wrong_for_its_owner_alone) {
    Scheduler scheduler{5};
    Owner owner{.name = "late", .clock_error = -1h};
    std::optional<EventLoop> late;
    scheduler.as(owner, [&] { late.emplace(); });
    EventLoop right;
    std::optional<Timestamp> of_late;
    std::optional<Timestamp> of_right;
    late->post([&] { of_late = SystemClock{}.now(); });
    right.post([&] { of_right = SystemClock{}.now(); });
    scheduler.run_for(1s);
    ASSERT_TRUE(of_late && of_right);
    EXPECT_GT(*of_right - *of_late, 59min);
}

TEST(Scheduler, loops_and_pools_have_no_threads) {
    Scheduler scheduler{1};
    LoopGroup loops{2};
    WorkerPool workers{2};
    loops.start();
    std::vector<std::thread::id> ids;
    loops.at(0).post([&] { ids.push_back(std::this_thread::get_id()); });
    loops.at(1).post([&] { ids.push_back(std::this_thread::get_id()); });
    const auto answer = run_until_done(loops.at(0), [](WorkerPool& pool, EventLoop& loop) -> Task<int> {
        co_return co_await pool.run(loop, [] { return 7; });
    }(workers, loops.at(0)));
    EXPECT_EQ(answer, 7);
    scheduler.run_for(1s);
    EXPECT_EQ(ids, std::vector(2, std::this_thread::get_id()));
}

TEST(Faults, those_that_are_left_out_do_not_happen_and_keep_their_numbers) {
    const auto numbers = [](std::set<std::uint32_t> without) {
        History history;
        Faults faults{9, history};
        faults.suppress(std::move(without));
        faults.set_intensity(1);
        std::vector<bool> happened;
        for (int i = 0; i < 40; ++i) happened.push_back(faults.happens("cut", "here", 0.5));
        return std::pair{happened, faults.coverage().at({"cut", "here"}).happened};
    };
    const auto [all, count] = numbers({});
    const auto [some, fewer] = numbers({0, 3});
    EXPECT_EQ(count, fewer + 2);
    EXPECT_NE(all, some);
    EXPECT_EQ(numbers({}).first, all);
}

TEST(Faults, none_happens_before_the_run_begins) {
    History history;
    Faults faults{9, history};
    for (int i = 0; i < 40; ++i) EXPECT_FALSE(faults.happens("cut", "here", 1));
    EXPECT_TRUE(faults.coverage().empty());
}

}  // namespace
}  // namespace tw::simulation
