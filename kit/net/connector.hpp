#pragma once

#include "kit/net/connect.hpp"
#include "kit/net/tls_handshake.hpp"

#include <functional>

namespace tw::net {

/// Makes a connection to one target; ends when `ctx` is over. Outlives the tasks that it gave.
using Connector = std::move_only_function<Task<Result<std::unique_ptr<Stream>>>(const CallContext& ctx)>;

/// To `address`, each time within `timeout`: over TLS where there is a context, expecting `target` there; in the clear otherwise.
/// `on_failure` is told of every failure that TLS is the reason of. `loop` outlives it. Errors as `connect` and `connect_tls`.
Connector make_connector(EventLoop& loop, Address address, std::chrono::nanoseconds timeout,
                         std::shared_ptr<TlsContext> tls = nullptr, TlsTarget target = {}, TlsFailureReport on_failure = {});

}  // namespace tw::net
