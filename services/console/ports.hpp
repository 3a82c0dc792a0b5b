#pragma once

#include "kit/net/listener.hpp"
#include "kit/runtime/config.hpp"
#include "proto/console.pb.h"

#include <memory>
#include <string>
#include <vector>

namespace tw::console {

/// The console's ports, which listen and are not served yet.
struct Ports {
    std::unique_ptr<net::Listener> page;
    /// Null if the port is taken, which nobody has set.
    std::unique_ptr<net::Listener> otlp_grpc;
    std::unique_ptr<net::Listener> otlp_http;
    /// The ways by which telemetry comes, and why one does not work.
    std::vector<::console::Receiver> receivers;
};

/// Binds the ports. If the page's default port is taken, the next free one of ten is used. If a
/// default port of OTLP is taken, the console goes without it and says so in `receivers`. A port
/// that somebody has set is an error if it is taken: ADDRESS_IN_USE. Fails with INVALID_ARGUMENT,
/// reason INSECURE, for an address beyond loopback, unless a container publishes it on loopback.
Result<Ports> bind_ports(const runtime::Config& config);

}  // namespace tw::console
