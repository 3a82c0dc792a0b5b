#pragma once

#include "kit/net/tls_context.hpp"
#include "kit/rpc/service.hpp"

#include <functional>
#include <memory>
#include <span>

namespace tw::bench {

/// Serves gRPC on one loop and a free loopback port, which it prints; without spans and logs, and in the clear unless there is a
/// context. `report` as serve_until_told says. Returns the exit code.
int serve(std::span<rpc::Service* const> services, const std::function<void()>& report,
          std::shared_ptr<net::TlsContext> tls = nullptr);

}  // namespace tw::bench
