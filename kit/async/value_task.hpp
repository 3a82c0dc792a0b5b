#pragma once

#include "kit/async/task.hpp"

#include <concepts>
#include <utility>
#include <variant>

namespace tw {

/// A value that is there already, or the Task that brings it. A function that seldom has to wait
/// returns this: an answer that is known at once costs no coroutine frame. A function that waits
/// returns the task of a coroutine.
///
/// Ownership and references are those of Task. Await it once.
template <class T>
class [[nodiscard]] ValueTask {
 public:
    ValueTask()
        requires std::default_initializable<T>
        : outcome_{std::in_place_index<0>} {}
    ValueTask(Task<T> task) : outcome_{std::in_place_index<1>, std::move(task)} {}
    template <class U>
        requires(std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, ValueTask>)
    ValueTask(U&& value) : outcome_{std::in_place_index<0>, std::forward<U>(value)} {}

    /// Whether the value is there, so that take() may be called in place of co_await.
    bool ready() const { return outcome_.index() == 0; }
    T take() && { return std::move(std::get<0>(outcome_)); }

    auto operator co_await() && noexcept {
        struct Awaiter {
            ValueTask& self;
            bool await_ready() const noexcept { return self.ready(); }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
                const auto frame = std::get<1>(self.outcome_).frame_;
                frame.promise().continuation = awaiting;
                return frame;
            }
            T await_resume() {
                if (self.ready()) return std::move(self).take();
                return std::get<1>(self.outcome_).frame_.promise().take();
            }
        };
        return Awaiter{*this};
    }

 private:
    std::variant<T, Task<T>> outcome_;
};

}  // namespace tw
