#pragma once

#include "kit/net/connect.hpp"
#include "kit/net/tls/tls_handshake.hpp"

#include <functional>

namespace tw::net {

/// Makes a connection to one target. The task ends when `ctx` is over. The connector must outlive
/// the tasks that it returned.
using Connector = std::move_only_function<Task<Result<std::unique_ptr<Stream>>>(const CallContext& ctx)>;

/// Makes a connector for `address`. Each connection must be made within `timeout`. If `tls` is set,
/// connections use TLS and expect `target`, otherwise they are unencrypted. `on_failure` is called
/// for every failure that TLS causes. `loop` must outlive the connector. The errors are those of
/// `connect` and `connect_tls`.
Connector make_connector(EventLoop& loop, Address address, std::chrono::nanoseconds timeout,
                         std::shared_ptr<TlsContext> tls = nullptr, TlsTarget target = {}, TlsFailureReport on_failure = {});

}  // namespace tw::net
