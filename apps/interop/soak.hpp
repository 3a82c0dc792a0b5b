#pragma once

#include "kit/rpc/channel.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace tw::interop {

struct SoakOptions {
    int iterations = 10;  ///< of all callers together
    int callers = 1;      ///< at once; at least one
    int failures_max = 0;
    std::chrono::milliseconds latency_max{1'000};  ///< of one call; a slower one is a failure
    std::chrono::seconds time_max{10};             ///< of all together; what is not done by then is a failure
};

/// The cases rpc_soak and channel_soak: large unary calls, of each caller one after the other, all on one channel or each on a
/// channel of its own. FAILED_PRECONDITION where more than `failures_max` failed.
Task<Result<void>> soak(EventLoop& loop, std::function<std::unique_ptr<rpc::Channel>()> make_channel, bool channel_per_call,
                        SoakOptions options);

}  // namespace tw::interop
