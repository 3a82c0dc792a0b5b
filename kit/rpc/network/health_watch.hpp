#pragma once

#include "kit/base/random.hpp"
#include "kit/rpc/network/network_call.hpp"

#include <cstdint>
#include <functional>

namespace tw::rpc {

/// The health that a callee reports.
enum class Health : std::uint8_t {
    unknown,  ///< no report yet
    serving,
    not_serving,
};

/// The watch of one connection. It goes on until its call is over.
struct HealthWatch {
    RootCall call;
    /// Whether the watch has a stream now. It has none while it waits for its next attempt.
    bool has_stream = false;
};

/// Client-side health checking (gRFC A17). Follows grpc.health.v1.Health/Watch for the whole server
/// over one connection, until `watch` is over or the connection takes no more calls. Calls `tell`
/// with each status. A callee that does not have the health service counts as serving. A watch that
/// fails is started again after the channel's back-off; until it answers, the callee counts as not
/// serving. All arguments must outlive the task.
Task<void> follow_health(HealthWatch& watch, net::H2Session& session, const CallSettings& settings, Random& random,
                         std::move_only_function<void(Health)> tell);

}  // namespace tw::rpc
