#include "kit/async/event_loop.hpp"

#include "kit/async/loop_group.hpp"
#include "kit/async/run.hpp"
#include "kit/async/worker_pool.hpp"

#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace tw {
namespace {

TEST(EventLoop, turn_end_comes_after_all_that_is_ready_and_once) {
    EventLoop loop;
    std::string order;
    TurnEnd flush{[&] { order += 'f'; }};
    loop.post([&] {
        loop.at_turn_end(flush);
        order += 'a';
    });
    loop.post([&] {
        loop.at_turn_end(flush);
        order += 'b';
    });
    loop.post([&] { loop.post([&] { loop.stop(); }); });
    loop.run();
    EXPECT_EQ(order, "abf");
}

TEST(EventLoop, turn_end_work_may_queue_itself_for_the_next_turn) {
    EventLoop loop;
    int runs = 0;
    TurnEnd* self = nullptr;
    TurnEnd again{[&] {
        if (++runs == 3) return loop.stop();
        loop.at_turn_end(*self);
    }};
    self = &again;
    loop.post([&] { loop.at_turn_end(again); });
    loop.run();
    EXPECT_EQ(runs, 3);
}

TEST(EventLoop, a_stop_that_comes_before_run_holds_once) {
    EventLoop loop;
    int ran = 0;
    loop.stop();
    loop.run();
    loop.post([&] {
        ++ran;
        loop.stop();
    });
    loop.run();
    EXPECT_EQ(ran, 1);
}

TEST(LoopGroup, may_be_stopped_before_its_threads_got_to_run) {
    for (int i = 0; i < 100; ++i) {
        LoopGroup loops{2};
        loops.start();
    }
}

TEST(EventLoop, turn_end_work_that_is_destroyed_is_forgotten) {
    EventLoop loop;
    std::string order;
    TurnEnd last{[&] {
        order += 'l';
        loop.stop();
    }};
    loop.post([&] {
        TurnEnd gone{[&] { order += 'g'; }};
        loop.at_turn_end(gone);
        loop.at_turn_end(last);
    });
    loop.run();
    EXPECT_EQ(order, "l");
}

TEST(EventLoop, turn_end_work_may_follow_the_last_one_that_was_destroyed) {
    EventLoop loop;
    std::string order;
    TurnEnd first{[&] { order += 'f'; }};
    TurnEnd last{[&] {
        order += 'l';
        loop.stop();
    }};
    loop.post([&] {
        loop.at_turn_end(first);
        {
            TurnEnd gone{[&] { order += 'g'; }};
            loop.at_turn_end(gone);
        }
        loop.at_turn_end(last);
    });
    loop.run();
    EXPECT_EQ(order, "fl");
}

TEST(EventLoop, turn_end_work_that_queues_itself_lets_other_work_run_before_it_runs_again) {
    EventLoop loop;
    std::string order;
    TurnEnd* self = nullptr;
    TurnEnd again{[&] {
        order += 'e';
        loop.post([&] {
            order += 'p';
            if (order.size() >= 4) loop.stop();
        });
        if (order.size() < 4) loop.at_turn_end(*self);
    }};
    self = &again;
    loop.post([&] { loop.at_turn_end(again); });
    loop.run();
    // The work of each turn, and the work that was posted in it, comes before the work of the next
    // turn's end.
    EXPECT_EQ(order.substr(0, 3), "epe");
}

TEST(EventLoop, timers_fire_on_it) {
    EventLoop loop;
    Timer timer{loop.timers(), [&] { loop.stop(); }};
    loop.post([&] { timer.arm(loop.now()); });
    loop.run();
    EXPECT_FALSE(timer.armed());
}

TEST(EventLoop, knows_whether_it_is_the_callers_thread) {
    LoopGroup loops{2};
    loops.start();
    std::latch done{1};
    bool mine = false;
    bool other = true;
    loops.at(0).post([&] {
        mine = loops.at(0).on_this_thread();
        other = loops.at(1).on_this_thread();
        done.count_down();
    });
    done.wait();
    EXPECT_TRUE(mine);
    EXPECT_FALSE(other);
    EXPECT_FALSE(loops.at(0).on_this_thread());
}

TEST(LoopGroup, has_one_loop_per_processor_unless_said) {
    EXPECT_GE(LoopGroup{}.size(), 1U);
    EXPECT_EQ(LoopGroup{3}.size(), 3U);
}

TEST(LoopGroup, gives_the_loops_in_turn) {
    LoopGroup loops{2};
    EXPECT_EQ(&loops.next(), &loops.at(0));
    EXPECT_EQ(&loops.next(), &loops.at(1));
    EXPECT_EQ(&loops.next(), &loops.at(0));
}

Task<std::thread::id> worked_on(WorkerPool& pool, EventLoop& loop) {
    co_return co_await pool.run(loop, [] { return std::this_thread::get_id(); });
}

TEST(WorkerPool, works_elsewhere_and_comes_back) {
    EventLoop loop;
    WorkerPool pool{1};
    const auto check = [](WorkerPool& pool, EventLoop& loop) -> Task<bool> {
        const auto worker = co_await worked_on(pool, loop);
        co_return worker != std::this_thread::get_id() && loop.on_this_thread();
    };
    EXPECT_TRUE(run_until_done(loop, check(pool, loop)));
}

Task<std::string> caught(WorkerPool& pool, EventLoop& loop) {
    try {
        co_await pool.run(loop, []() -> int { throw std::runtime_error{"broken"}; });
    } catch (const std::runtime_error& error) {
        co_return error.what();
    }
    co_return "nothing";
}

TEST(WorkerPool, an_exception_arrives_where_it_is_awaited) {
    EventLoop loop;
    WorkerPool pool{1};
    EXPECT_EQ(run_until_done(loop, caught(pool, loop)), "broken");
}

TEST(WorkerPool, runs_what_is_queued_before_it_goes) {
    std::atomic<int> done{0};
    {
        WorkerPool pool{2};
        for (int i = 0; i < 100; ++i) pool.post([&] { ++done; });
    }
    EXPECT_EQ(done, 100);
}

}  // namespace
}  // namespace tw
