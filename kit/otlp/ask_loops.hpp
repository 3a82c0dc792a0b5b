#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace tw::otlp {

/// Work for a loop. If the loop is null, the work is done at once, on the calling thread.
struct LoopTask {
    EventLoop* loop = nullptr;
    std::shared_ptr<std::move_only_function<void()>> work;
};

/// Runs each task on its loop and waits, on `home`, for all of them. Returns false when the call
/// ended before. A loop that is busy or has stopped is then not waited for any longer. Its task may
/// still run later, so the objects that the task refers to must live as long as the loop does.
Task<bool> ask_loops(const CallContext& ctx, std::shared_ptr<EventLoop> home, std::vector<LoopTask> tasks);

}  // namespace tw::otlp
