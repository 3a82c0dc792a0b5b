#pragma once

#include <coroutine>
#include <utility>

namespace tw::http {

/// Wakes one coroutine of the same loop, which then checks what has changed. A notification while
/// no coroutine waits has no effect, so check the condition before waiting and after.
class Signal {
 public:
    void notify() {
        if (waiter_) std::exchange(waiter_, nullptr).resume();
    }

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

}  // namespace tw::http
