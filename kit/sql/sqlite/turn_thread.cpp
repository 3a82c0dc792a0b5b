#include "kit/sql/sqlite/turn_thread.hpp"

#include <pthread.h>
#include <utility>

namespace tw::sql {

std::shared_ptr<TurnThread> TurnThread::start(const char* name, Turn turn) {
    std::shared_ptr<TurnThread> made{new TurnThread{std::move(turn)}};
    if (made->driver_ != nullptr) return made;
    made->thread_ = std::jthread{[thread = made.get()] { thread->serve(); }};
    pthread_setname_np(made->thread_.native_handle(), name);
    return made;
}

void TurnThread::wake() {
    if (driver_ != nullptr) return call_soon();
    {
        const std::lock_guard lock{mutex_};
        woken_ = true;
    }
    wake_.notify_one();
}

void TurnThread::finish() {
    if (driver_ == nullptr) {
        wake();
        thread_.join();
        return;
    }
    while (turn_()) {
    }
    ended_ = true;
}

void TurnThread::serve() {
    while (const auto when = turn_()) sleep_until(*when);
}

void TurnThread::sleep_until(SteadyTime when) {
    if (when == kAtOnce) return;
    std::unique_lock lock{mutex_};
    const auto woken = [this] { return woken_; };
    if (when == kNever) {
        wake_.wait(lock, woken);
    } else {
        wake_.wait_until(lock, when, woken);
    }
    woken_ = false;
}

void TurnThread::call_soon() {
    if (ended_ || std::exchange(call_is_queued_, true)) return;
    driver_->work_on([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->call();
    });
}

void TurnThread::call() {
    call_is_queued_ = false;
    if (ended_) return;
    const auto when = turn_();
    if (!when) {
        ended_ = true;
    } else if (*when == kAtOnce) {
        call_soon();
    } else if (*when < call_due_) {
        call_due_ = *when;
        driver_->work_at(*when, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self) return;
            self->call_due_ = kNever;
            self->call_soon();
        });
    }
}

}  // namespace tw::sql
