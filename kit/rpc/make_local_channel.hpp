#pragma once

#include "kit/rpc/channel.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <span>
#include <string>

namespace tw::rpc {

class Interceptor;

/// Makes a channel to services on the same loop. `services` may still be empty when the channel is
/// made, and must outlive it. Interceptors run around the caller's side of each call, the first one
/// outermost, and must outlive the channel. `identity` is that of the caller, which the callee sees
/// as CallAttributes::peer_identity; it is empty for a caller that is no service.
std::unique_ptr<Channel> make_local_channel(EventLoop& loop, const ServiceTable& services, telemetry::Telemetry telemetry,
                                            std::span<Interceptor* const> interceptors = {}, std::string identity = {});

}  // namespace tw::rpc
