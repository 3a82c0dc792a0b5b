#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/task.hpp"
#include "kit/async/timer_wheel.hpp"

#include <utility>

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
        if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->set(true);
    }

    Task<void> wait(SteadyTime until) {
        if (!told_) {
            OneShot<bool> woken;
            waiting_ = &woken;
            Timer timer{loop_.timers(), [this] {
                            if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->set(false);
                        }};
            timer.arm(until);
            co_await woken;
        }
        told_ = false;
    }

 private:
    EventLoop& loop_;
    OneShot<bool>* waiting_ = nullptr;
    bool told_ = false;
};

}  // namespace tw::otlp
