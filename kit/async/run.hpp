#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"

#include <optional>
#include <utility>

namespace tw {

namespace detail {

template <class T>
Task<void> run_then_stop(EventLoop& loop, Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
    loop.stop();
}

inline Task<bool> as_value(Task<void> task) {
    co_await std::move(task);
    co_return true;
}

}  // namespace detail

/// Runs `loop` on the calling thread until `task` is done, and returns the task's result. For main
/// functions and tests.
template <class T>
T run_until_done(EventLoop& loop, Task<T> task) {
    std::optional<T> result;
    Gate gate;
    // The task is started from inside the loop, so that the code it calls is on the loop's thread.
    loop.post([&] { spawn(gate, detail::run_then_stop<T>(loop, std::move(task), result)); });
    loop.run();
    return std::move(*result);
}

inline void run_until_done(EventLoop& loop, Task<void> task) { run_until_done(loop, detail::as_value(std::move(task))); }

}  // namespace tw
