#pragma once

#include "kit/async/event_loop.hpp"

#include <functional>
#include <mutex>
#include <utility>

namespace tw {

/// Lets other threads post work to a loop that may be gone by then. The thread that owns the loop
/// closes the mailbox before it destroys the loop. The other threads share the mailbox.
/// Thread-safe.
class LoopMailbox {
 public:
    explicit LoopMailbox(EventLoop& loop) : loop_{&loop} {}

    /// Posts `work` to the loop. Does nothing once the mailbox is closed.
    void post(std::move_only_function<void()> work) {
        const std::lock_guard lock{mutex_};
        if (loop_ != nullptr) loop_->post(std::move(work));
    }
    /// Closes the mailbox. The loop may be destroyed afterwards: no post is under way by then.
    void close() {
        const std::lock_guard lock{mutex_};
        loop_ = nullptr;
    }

 private:
    std::mutex mutex_;
    EventLoop* loop_;
};

}  // namespace tw
