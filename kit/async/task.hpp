#pragma once

#include "kit/async/frame_memory.hpp"

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace tw {

template <class T>
class Task;
template <class T>
class ValueTask;

namespace detail {

/// Resumes the awaiting coroutine as the last step of a task (symmetric transfer: the stack does
/// not grow).
struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
        return self.promise().continuation;
    }
    void await_resume() const noexcept {}
};

struct TaskPromiseBase {
    static void* operator new(std::size_t bytes) { return take_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

    std::coroutine_handle<> continuation = std::noop_coroutine();

    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
};

template <class T>
struct TaskPromise : TaskPromiseBase {
    std::variant<std::monostate, T, std::exception_ptr> outcome;

    Task<T> get_return_object();
    template <class U>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& value) {
        outcome.template emplace<1>(std::forward<U>(value));
    }
    void unhandled_exception() { outcome.template emplace<2>(std::current_exception()); }
    T take() {
        if (outcome.index() == 2) std::rethrow_exception(std::get<2>(outcome));
        return std::move(std::get<1>(outcome));
    }
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
    std::exception_ptr failure;

    Task<void> get_return_object();
    void return_void() {}
    void unhandled_exception() { failure = std::current_exception(); }
    void take() {
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// A computation that starts when it is awaited and runs on the event loop of the coroutine that
/// awaits it. Await it once.
///
/// Ownership: the Task owns its frame. Destroying a Task that has not finished destroys everything
/// that it waits for. Never destroy one that is suspended in I/O: cancel its CallContext and await
/// it instead.
/// Parameters taken by reference must outlive the await. A task that outlives its caller takes them
/// by value.
template <class T = void>
class [[nodiscard]] Task {
 public:
    using promise_type = detail::TaskPromise<T>;

    Task(Task&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (frame_) frame_.destroy();
            frame_ = std::exchange(other.frame_, nullptr);
        }
        return *this;
    }
    ~Task() {
        if (frame_) frame_.destroy();
    }

    auto operator co_await() && noexcept {
        struct Awaiter {
            std::coroutine_handle<promise_type> frame;
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
                frame.promise().continuation = awaiting;
                return frame;
            }
            T await_resume() { return frame.promise().take(); }
        };
        return Awaiter{frame_};
    }

 private:
    friend promise_type;
    friend ValueTask<T>;
    explicit Task(std::coroutine_handle<promise_type> frame) : frame_{frame} {}
    std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() {
    return Task<T>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

inline Task<void> detail::TaskPromise<void>::get_return_object() {
    return Task<void>{std::coroutine_handle<TaskPromise>::from_promise(*this)};
}

}  // namespace tw
