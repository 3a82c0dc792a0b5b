#pragma once

#include "kit/async/event_loop.hpp"

#include <functional>
#include <mutex>
#include <utility>

namespace tw::sql::pg {

/// Lets another thread post work to a loop whose owner may be gone by then. Thread-safe. It is used
/// for cancellations only, so its lock is rarely contended.
class LoopMailbox {
 public:
    explicit LoopMailbox(EventLoop& loop) : loop_{&loop} {}

    /// Posts `work` to the loop. Does nothing once the mailbox is closed.
    void post(std::move_only_function<void()> work) {
        const std::lock_guard lock{mutex_};
        if (loop_ != nullptr) loop_->post(std::move(work));
    }
    /// Closes the mailbox. The loop may be destroyed afterwards.
    void close() {
        const std::lock_guard lock{mutex_};
        loop_ = nullptr;
    }

 private:
    std::mutex mutex_;
    EventLoop* loop_;
};

}  // namespace tw::sql::pg
