#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/async/timer_wheel.hpp"

namespace tw::otlp {

/// One coroutine waits here until `tell` is called or a time comes. A `tell` while no coroutine
/// waits counts for the next wait. It belongs to one loop.
class Wake {
 public:
    explicit Wake(EventLoop& loop) : loop_{loop} {}
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    void tell() {
        told_ = true;
        signal_.notify();
    }

    Task<void> wait(SteadyTime until) {
        if (!told_) {
            Timer timer{loop_.timers(), [this] { signal_.notify(); }};
            timer.arm(until);
            co_await signal_;
        }
        told_ = false;
    }

 private:
    EventLoop& loop_;
    Signal signal_;
    bool told_ = false;
};

}  // namespace tw::otlp
