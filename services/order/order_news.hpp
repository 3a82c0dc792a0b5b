#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/async/wait_list.hpp"

#include <chrono>
#include <map>
#include <string>

namespace tw::order {

/// Tells those who watch an order on this loop that it may have changed.
class OrderNews {
 public:
    /// Ends all waits, now and later: this process shuts down.
    void close() {
        closed_ = true;
        for (auto& [id, list] : watchers_) list.wake_all();
    }
    bool closed() const { return closed_; }

    void changed(const std::string& order_id) {
        if (const auto found = watchers_.find(order_id); found != watchers_.end()) found->second.wake_all();
    }
    /// Waits until the order may have changed, at most for `pause`. Changes that another process
    /// made are not told here, so look at the order after the pause. Ends early when `ctx` is over.
    Task<void> wait(const CallContext& ctx, std::string order_id, std::chrono::milliseconds pause) {
        if (ctx.over() || closed_) co_return;
        CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), pause), &ctx.scope()};
        auto& list = watchers_[order_id];
        {
            WaitList::Waiter waiter{list, ctx.loop(), scope};
            co_await waiter;
        }
        // A watcher that was woken together with this one may have removed the list already.
        const auto found = watchers_.find(order_id);
        if (found != watchers_.end() && found->second.empty()) watchers_.erase(found);
    }

 private:
    std::map<std::string, WaitList> watchers_;
    bool closed_ = false;
};

}  // namespace tw::order
