#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/http/message.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/method.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <memory>
#include <span>

namespace tw::gateway {

class Gateway;

/// Answers the HTTP routes of services with JSON, as the module "gateway" does, for a port that a
/// program serves itself. A method that streams its answers is answered with server-sent events.
/// There are no policies, so the caller of `answer` decides who may call. It belongs to one loop.
class JsonRoutes {
 public:
    /// The objects that `telemetry` refers to outlive this object.
    explicit JsonRoutes(telemetry::Telemetry telemetry);
    ~JsonRoutes();
    JsonRoutes(const JsonRoutes&) = delete;
    JsonRoutes& operator=(const JsonRoutes&) = delete;

    /// Sends calls of `routes`, which have static storage, to `channel`, which outlives this
    /// object. Fails if a route exists already.
    Result<void> add(std::span<const rpc::Route> routes, rpc::Channel& channel);
    /// Sets how long an event stream may be silent before the client gets a comment line.
    void set_heartbeat(std::chrono::milliseconds interval);

    /// Returns the response to a request. It never fails: an error becomes a response. `request`
    /// outlives a streamed answer.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;

 private:
    std::unique_ptr<Gateway> gateway_;
};

}  // namespace tw::gateway
