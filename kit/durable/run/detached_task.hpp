#pragma once

#include "kit/async/task.hpp"

#include <coroutine>
#include <utility>

namespace tw::durable {

/// A task that is started without being awaited, and can be destroyed while it is suspended. The
/// owner must know that it is not suspended in I/O then (see Task).
class DetachedTask {
 public:
    explicit DetachedTask(Task<void> task) : task_{std::move(task)} {}

    /// Runs the task until it suspends for the first time. Call it once.
    void start() {
        auto awaiter = std::move(task_).operator co_await();
        awaiter.await_suspend(std::noop_coroutine()).resume();
    }

 private:
    Task<void> task_;
};

}  // namespace tw::durable
