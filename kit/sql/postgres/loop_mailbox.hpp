#pragma once

#include "kit/async/event_loop.hpp"

#include <functional>
#include <mutex>
#include <utility>

namespace tw::sql::pg {

/// The way back to a loop for what another thread has done for it, which may come after the loop's part is gone. Thread-safe;
/// used for cancellations alone, so nobody waits at its lock.
class LoopMailbox {
 public:
    explicit LoopMailbox(EventLoop& loop) : loop_{&loop} {}

    /// Does nothing once closed.
    void post(std::move_only_function<void()> work) {
        const std::lock_guard lock{mutex_};
        if (loop_ != nullptr) loop_->post(std::move(work));
    }
    /// From now on the loop may go.
    void close() {
        const std::lock_guard lock{mutex_};
        loop_ = nullptr;
    }

 private:
    std::mutex mutex_;
    EventLoop* loop_;
};

}  // namespace tw::sql::pg
