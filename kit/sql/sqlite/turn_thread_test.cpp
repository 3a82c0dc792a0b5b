#include "kit/sql/sqlite/turn_thread.hpp"

#include <atomic>
#include <chrono>
#include <semaphore>

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

using namespace std::chrono_literals;

TEST(TurnThread, works_until_it_has_nothing_to_do_and_again_when_it_is_woken) {
    std::atomic<int> left{3};
    std::atomic<bool> over{false};
    std::binary_semaphore idle{0};
    const auto thread = TurnThread::start("test", [&]() -> std::optional<SteadyTime> {
        if (left > 0) {
            --left;
            return TurnThread::kAtOnce;
        }
        if (over) return std::nullopt;
        idle.release();
        return TurnThread::kNever;
    });
    idle.acquire();
    EXPECT_EQ(left, 0);
    left = 2;
    thread->wake();
    idle.acquire();
    EXPECT_EQ(left, 0);
    over = true;
    thread->finish();
    thread->wake();
    EXPECT_EQ(left, 0);
}

TEST(TurnThread, calls_again_at_the_time_that_a_turn_asks_for) {
    std::binary_semaphore called_again{0};
    SteadyTime due = SteadyTime::max();
    SteadyTime came{};
    const auto thread = TurnThread::start("test", [&]() -> std::optional<SteadyTime> {
        if (due == SteadyTime::max()) return due = steady_now() + 1ms;
        came = steady_now();
        if (came < due) return due;
        called_again.release();
        return std::nullopt;
    });
    called_again.acquire();
    thread->finish();
    EXPECT_GE(came, due);
}

}  // namespace
}  // namespace tw::sql
