#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"

namespace tw {

/// Waits for `delay`. Ends early with the context's error when the call is over before.
Task<Result<void>> sleep_for(const CallContext& ctx, std::chrono::nanoseconds delay);

}  // namespace tw
