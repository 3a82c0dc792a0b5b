#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace tw::runtime {

/// A task that runs on an event loop while a thread outside of all loops waits for it, so that
/// start-up and shutdown can be written as sequential code on the main thread. `wait` must be
/// called before it is destroyed, unless `wait_until` gave it up.
class BlockingTask {
 public:
    /// `make` is called on the loop, and the task it gives runs there.
    BlockingTask(EventLoop& loop, std::move_only_function<Task<Result<void>>()> make) : make_{std::move(make)} {
        // The promise is shared, so that it is still there while the loop's thread returns from
        // fulfilling it.
        auto done = std::make_shared<std::promise<void>>();
        ended_ = done->get_future();
        loop.post([this, done] {
            spawn(gate_, drive(make_(), outcome_));
            gate_.close([done] { done->set_value(); });
        });
    }
    BlockingTask(const BlockingTask&) = delete;
    BlockingTask& operator=(const BlockingTask&) = delete;

    /// Blocks until the task is done, or until `time`: false where it is not done. The object must
    /// then live for as long as the loop runs.
    bool wait_until(SteadyTime time) { return ended_.wait_until(time) == std::future_status::ready; }

    /// Blocks until the task is done.
    Result<void> wait() {
        ended_.get();
        return std::move(*outcome_);
    }

 private:
    static Task<void> drive(Task<Result<void>> task, std::optional<Result<void>>& outcome) {
        outcome.emplace(co_await std::move(task));
    }

    std::move_only_function<Task<Result<void>>()> make_;
    Gate gate_;
    std::optional<Result<void>> outcome_;
    std::future<void> ended_;
};

/// Calls `work` on the loop's thread and waits for it.
inline Result<void> run_on(EventLoop& loop, std::move_only_function<Result<void>()> work) {
    const auto call = [](std::move_only_function<Result<void>()>& function) -> Task<Result<void>> { co_return function(); };
    BlockingTask task{loop, [&work, call] { return call(work); }};
    return task.wait();
}

}  // namespace tw::runtime
