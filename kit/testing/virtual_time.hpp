#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/loop_driver.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tw::test {

/// Virtual time for one event loop. A test makes it before the loop. When the loop has nothing to
/// do, time jumps to the next timer, so a test that waits for minutes takes microseconds. Nothing
/// of the test may use the system's sockets or worker threads.
class VirtualTime final : public LoopDriver {
 public:
    Timestamp now() const override {
        return Timestamp::from_unix_micros(
            std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count());
    }
    SteadyTime steady_now() const override { return now_; }
    std::uint64_t next_seed() override { return 1; }

    void add(EventLoop&) override {}
    void remove(EventLoop&) override { queue_.clear(); }
    void post(EventLoop&, std::move_only_function<void()> work) override { queue_.push_back(std::move(work)); }
    void wake_at(EventLoop&, SteadyTime when) override { wake_at_ = when; }
    bool is_running(const EventLoop&) const override { return running_; }
    void stop(EventLoop&) override { stopping_ = true; }
    void work_on(std::move_only_function<void()>) override { throw std::logic_error{"there are no workers here"}; }
    void work_at(SteadyTime, std::move_only_function<void()>) override { throw std::logic_error{"there are no workers here"}; }
    void descriptors_changed() override {}

    /// Runs the loop until `stop`. Throws if the loop waits for something that cannot come.
    void run(EventLoop& loop) override {
        running_ = true;
        while (!std::exchange(stopping_, false)) {
            if (!queue_.empty()) {
                auto work = std::move(queue_.front());
                queue_.pop_front();
                work();
            } else if (wake_at_) {
                now_ = std::max(now_, *std::exchange(wake_at_, std::nullopt));
                loop.fire_timers();
            } else {
                throw std::logic_error{"the loop waits, and no timer is armed"};
            }
        }
        running_ = false;
    }

 private:
    SteadyTime now_{std::chrono::hours{1}};
    std::deque<std::move_only_function<void()>> queue_;
    std::optional<SteadyTime> wake_at_;
    bool running_ = false;
    bool stopping_ = false;
    Scope scope_{*this};
};

}  // namespace tw::test
