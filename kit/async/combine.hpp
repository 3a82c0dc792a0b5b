#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace tw {

namespace detail {

template <class T>
Task<void> run_branch(Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
}

}  // namespace detail

/// Runs both tasks concurrently on the calling loop and waits for both, whatever either says. Exceptions are bugs and end
/// the process.
template <class A, class B>
Task<std::pair<A, B>> both(Task<A> first, Task<B> second) {
    Gate gate;
    std::optional<A> a;
    std::optional<B> b;
    spawn(gate, detail::run_branch<A>(std::move(first), a));
    spawn(gate, detail::run_branch<B>(std::move(second), b));
    co_await close_and_wait(gate);
    co_return std::pair<A, B>{std::move(*a), std::move(*b)};
}

/// As `both`, for any number; the results are in the order of the tasks.
template <class T>
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
    Gate gate;
    std::vector<std::optional<T>> slots(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) spawn(gate, detail::run_branch<T>(std::move(tasks[i]), slots[i]));
    co_await close_and_wait(gate);
    std::vector<T> results;
    results.reserve(slots.size());
    for (auto& slot : slots) results.push_back(std::move(*slot));
    co_return results;
}

}  // namespace tw
