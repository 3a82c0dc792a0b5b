#pragma once

#include "kit/rpc/channel.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace tw::interop {

struct SoakOptions {
    int iterations = 10;  ///< the number of calls of all callers together
    int callers = 1;      ///< the number of calls at once; at least one
    int failures_max = 0;
    /// The greatest duration of one call. A slower call is a failure.
    std::chrono::milliseconds latency_max{1'000};
    /// The greatest duration of all calls together. A call that is not done by then is a failure.
    std::chrono::seconds time_max{10};
};

/// Runs the cases rpc_soak and channel_soak. Each caller makes large unary calls one after the
/// other, all on one channel or each on a channel of its own. Fails with FAILED_PRECONDITION if
/// more than `failures_max` calls failed.
Task<Result<void>> soak(EventLoop& loop, std::function<std::unique_ptr<rpc::Channel>()> make_channel, bool channel_per_call,
                        SoakOptions options);

}  // namespace tw::interop
