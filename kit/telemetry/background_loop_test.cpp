#include "kit/telemetry/background_loop.hpp"

#include "kit/async/one_shot.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using namespace std::chrono_literals;
using Next = BackgroundLoop::Next;

class BackgroundLoopTest : public testing::Test {
 public:
    /// Lets `work` run until it has set `done_`, and then stops it.
    void run(BackgroundLoop::Work work, std::chrono::nanoseconds interval) {
        BackgroundLoop background{loop_, log_, "test.work", interval, std::move(work)};
        const auto drive = [](BackgroundLoop& background, OneShot<bool>& done) -> Task<void> {
            background.start();
            co_await done;
            co_await background.stop();
        };
        run_until_done(loop_, drive(background, done_));
    }
    Task<Next> throw_until(int round) {
        if (++rounds_ < round) throw std::runtime_error{"a damaged row"};
        if (rounds_ == round) done_.set(true);
        co_return Next::rest;
    }

    EventLoop loop_;
    SystemClock clock_;
    CollectedLogs logs_;
    Logger log_{"test", clock_, logs_, std::make_shared<std::atomic<Severity>>(Severity::info)};
    OneShot<bool> done_;
    int rounds_ = 0;
};

TEST_F(BackgroundLoopTest, an_exception_ends_its_round_and_is_told_and_the_work_goes_on) {
    run([this](const CallContext&) { return throw_until(3); }, 1ms);
    EXPECT_GE(rounds_, 3);
    EXPECT_EQ(logs_.lines().size(), 2U);
    EXPECT_TRUE(logs_.contain("background.failed"));
    EXPECT_TRUE(logs_.contain("test.work"));
    EXPECT_TRUE(logs_.contain("a damaged row"));
}

TEST_F(BackgroundLoopTest, an_exception_before_the_first_suspension_is_no_other) {
    const auto work = [this](const CallContext&) -> Task<Next> {
        if (++rounds_ == 1) throw 1;
        done_.set(true);
        return [](Next next) -> Task<Next> { co_return next; }(Next::rest);
    };
    run(work, 1ms);
    EXPECT_TRUE(logs_.contain("an object that is not a std::exception"));
}

TEST_F(BackgroundLoopTest, what_has_more_to_do_goes_on_at_once_and_lets_others_have_their_turn) {
    int turns = 0;
    std::function<void()> take_turn = [&] {
        if (++turns < 100 && rounds_ < 10) loop_.post(take_turn);
    };
    loop_.post(take_turn);
    const auto work = [](BackgroundLoopTest& self) -> Task<Next> {
        if (++self.rounds_ == 10) self.done_.set(true);
        co_return self.rounds_ < 10 ? Next::at_once : Next::rest;
    };
    // The interval is so long that waiting for it would make the test fail.
    run([this, work](const CallContext&) { return work(*this); }, 1h);
    EXPECT_EQ(rounds_, 10);
    EXPECT_GE(turns, 10);
}

TEST_F(BackgroundLoopTest, a_round_is_in_no_trace) {
    run(
        [this](const CallContext& ctx) -> Task<Next> {
            EXPECT_TRUE(ctx.trace().untraced);
            return throw_until(1);
        },
        1h);
}

TEST_F(BackgroundLoopTest, stopping_ends_the_round_that_is_under_way) {
    bool over = false;
    const auto work = [](const CallContext& ctx, BackgroundLoopTest& self, bool& over) -> Task<Next> {
        self.done_.set(true);
        const auto slept = co_await sleep_for(ctx, 1h);
        over = !slept;
        co_return Next::at_once;
    };
    run([&, work](const CallContext& ctx) { return work(ctx, *this, over); }, 1h);
    EXPECT_TRUE(over);
}

TEST_F(BackgroundLoopTest, stop_does_not_return_within_the_callback_that_ends_the_last_round) {
    OneShot<bool> answer;
    bool within_callback = false;
    bool stopped_within_callback = true;
    BackgroundLoop background{loop_, log_, "test.work", 1h, [&](const CallContext&) {
                                  return [](OneShot<bool>& answer) -> Task<Next> {
                                      co_await answer;
                                      co_return Next::rest;
                                  }(answer);
                              }};
    const auto callback = [&] {
        within_callback = true;
        answer.set(true);
        within_callback = false;
    };
    const auto drive = [](BackgroundLoop& background, EventLoop& loop, std::function<void()> callback, bool& within,
                          bool& stopped_within) -> Task<void> {
        background.start();
        loop.post(std::move(callback));
        co_await background.stop();
        stopped_within = within;
    };
    run_until_done(loop_, drive(background, loop_, callback, within_callback, stopped_within_callback));
    EXPECT_FALSE(stopped_within_callback);
}

}  // namespace
}  // namespace tw::telemetry
