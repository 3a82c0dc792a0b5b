#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"

#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace tw {

namespace detail {

/// The outcome of one of the tasks: a value, or the exception that left it.
template <class T>
struct BranchEnd {
    std::optional<T> value;
    std::exception_ptr failure;

    T take() {
        if (failure) std::rethrow_exception(failure);
        return *std::move(value);
    }
};

template <class T>
Task<void> run_branch(Task<T> task, BranchEnd<T>& end) {
    try {
        end.value.emplace(co_await std::move(task));
    } catch (...) {
        end.failure = std::current_exception();
    }
}

}  // namespace detail

/// Runs both tasks concurrently on the calling loop and waits until both have ended, whatever the
/// result of either. An exception that leaves a task is rethrown here once both have ended. If both
/// throw, the exception of the first is rethrown.
template <class A, class B>
Task<std::pair<A, B>> both(Task<A> first, Task<B> second) {
    Gate gate;
    detail::BranchEnd<A> a;
    detail::BranchEnd<B> b;
    spawn(gate, detail::run_branch<A>(std::move(first), a));
    spawn(gate, detail::run_branch<B>(std::move(second), b));
    co_await close_and_wait(gate);
    auto first_value = a.take();
    auto second_value = b.take();
    co_return std::pair<A, B>{std::move(first_value), std::move(second_value)};
}

/// Runs any number of tasks concurrently, as `both` does for two. The results are in the order of
/// the tasks.
template <class T>
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
    Gate gate;
    std::vector<detail::BranchEnd<T>> ends(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) spawn(gate, detail::run_branch<T>(std::move(tasks[i]), ends[i]));
    co_await close_and_wait(gate);
    std::vector<T> results;
    results.reserve(ends.size());
    for (auto& end : ends) results.push_back(end.take());
    co_return results;
}

}  // namespace tw
