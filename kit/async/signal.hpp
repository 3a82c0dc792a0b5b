#pragma once

#include <coroutine>
#include <utility>

namespace tw {

/// Wakes one coroutine of the same loop, which then checks what has changed. A notification while
/// no coroutine waits has no effect, so check the condition before waiting and after. Moving a
/// Signal moves its waiter along; so `auto waiter = std::move(signal); waiter.notify();` is safe
/// where the coroutine may destroy the signal's owner.
class Signal {
 public:
    Signal() = default;
    Signal(Signal&& other) noexcept : waiter_{std::exchange(other.waiter_, nullptr)} {}
    Signal& operator=(Signal&& other) noexcept {
        waiter_ = std::exchange(other.waiter_, nullptr);
        return *this;
    }

    /// Resumes the waiting coroutine at once, inside the call.
    void notify() {
        if (waiter_) std::exchange(waiter_, nullptr).resume();
    }
    /// Whether a coroutine waits.
    bool awaited() const { return static_cast<bool>(waiter_); }
    /// Returns the waiting coroutine, or null, and forgets it. It is meant for callers that resume
    /// the coroutine in a later turn (EventLoop::resume_later).
    std::coroutine_handle<> take_waiter() { return std::exchange(waiter_, nullptr); }

    auto operator co_await() {
        struct Awaiter {
            Signal& self;
            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) const noexcept { self.waiter_ = handle; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

 private:
    std::coroutine_handle<> waiter_;
};

}  // namespace tw
