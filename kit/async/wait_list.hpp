#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/timer_wheel.hpp"

#include <coroutine>

namespace tw {

/// Coroutines of one loop that wait for something, in the order in which they came. The list
/// outlives its waiters.
class WaitList {
 public:
    /// `Waiter waiter{list, loop, scope}; co_await waiter;` suspends the coroutine until it is
    /// woken or the scope is cancelled. The coroutine itself checks which of the two happened. A
    /// scope that is cancelled already wakes no waiter, so check the scope first. Derive from
    /// Waiter to carry a value from the code that wakes.
    class Waiter : private detail::RingNode {
     public:
        Waiter(WaitList& list, EventLoop& loop, CancelScope& scope)
            : loop_{loop}, hook_{scope, [this](const Error&) { wake(); }} {
            insert_before(list.ring_);
        }
        ~Waiter() {
            if (linked()) unlink();
        }

        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) noexcept { handle_ = handle; }
        void await_resume() const noexcept {}

        /// Takes the waiter off the list and resumes it in a later turn, since the code that wakes
        /// may be in the middle of something.
        void wake() {
            if (!linked()) return;
            unlink();
            loop_.resume_later(handle_);
        }

     private:
        friend WaitList;
        EventLoop& loop_;
        CancelScope::Hook hook_;
        std::coroutine_handle<> handle_;
    };

    bool empty() const { return !ring_.linked(); }
    /// The waiter that has waited longest. The list must not be empty.
    Waiter& first() { return static_cast<Waiter&>(*ring_.next); }
    void wake_all() {
        while (!empty()) first().wake();
    }

 private:
    detail::RingNode ring_;
};

}  // namespace tw
