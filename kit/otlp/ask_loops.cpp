#include "kit/otlp/ask_loops.hpp"

#include "kit/async/one_shot.hpp"

#include <atomic>
#include <utility>

namespace tw::otlp {
namespace {

/// The state that the tasks share. A task may run after the caller has stopped waiting.
struct Inquiry {
    std::shared_ptr<EventLoop> home;
    std::atomic<std::size_t> left;
    OneShot<bool> answered;

    /// Ends the wait; called on the home loop.
    void settle(bool all) {
        if (!answered.is_set()) answered.set(all);
    }
};

void run_task(const std::shared_ptr<Inquiry>& inquiry, std::move_only_function<void()>& work) {
    work();
    if (inquiry->left.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    inquiry->home->post([inquiry] { inquiry->settle(true); });
}

}  // namespace

Task<bool> ask_loops(const CallContext& ctx, std::shared_ptr<EventLoop> home, std::vector<LoopTask> tasks) {
    if (tasks.empty()) co_return true;
    if (ctx.over()) co_return false;
    const auto inquiry = std::make_shared<Inquiry>();
    inquiry->home = std::move(home);
    inquiry->left = tasks.size();
    const CancelScope::Hook hook{ctx.scope(), [inquiry](const Error&) { inquiry->settle(false); }};
    for (auto& task : tasks) {
        if (task.loop == nullptr) {
            run_task(inquiry, *task.work);
        } else {
            task.loop->post([inquiry, work = task.work] { run_task(inquiry, *work); });
        }
    }
    co_return co_await inquiry->answered;
}

}  // namespace tw::otlp
