#pragma once

#include "kit/base/random.hpp"
#include "kit/rpc/network/network_call.hpp"

#include <cstdint>
#include <functional>

namespace tw::rpc {

/// What a callee says of itself.
enum class Health : std::uint8_t {
    unknown,  ///< nothing yet
    serving,
    not_serving,
};

/// One connection's watch, which goes on until its call is over.
struct HealthWatch {
    RootCall call;
    /// It has a stream at present, and does not wait for its next attempt.
    bool asking = false;
};

/// Client-side health checking (gRFC A17): follows grpc.health.v1.Health/Watch for the whole server over one connection, until
/// `watch` is over or the connection takes no more calls, and calls `tell` with what it says. A callee that does not have the
/// service is serving. A watch that fails is begun again after the channel's back-off; until it answers, the callee counts as not
/// serving. Everything outlives the task.
Task<void> follow_health(HealthWatch& watch, net::H2Session& session, const CallSettings& settings, Random& random,
                         std::move_only_function<void(Health)> tell);

}  // namespace tw::rpc
