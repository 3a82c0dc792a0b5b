#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"

#include <optional>

namespace tw {

/// Runs `loop` on the calling thread until `task` is done, and gives its result: for main functions and tests.
template <class T>
T run_until_done(EventLoop& loop, Task<T> task) {
    std::optional<T> result;
    Gate gate;
    const auto drive = [](EventLoop& loop, Task<T> task, std::optional<T>& result) -> Task<void> {
        result.emplace(co_await std::move(task));
        loop.stop();
    };
    // Started from inside the loop: what it calls may rely on being on the loop's thread.
    loop.post([&] { spawn(gate, drive(loop, std::move(task), result)); });
    loop.run();
    return std::move(*result);
}

inline void run_until_done(EventLoop& loop, Task<void> task) {
    const auto wrap = [](Task<void> task) -> Task<bool> {
        co_await std::move(task);
        co_return true;
    };
    run_until_done(loop, wrap(std::move(task)));
}

}  // namespace tw
