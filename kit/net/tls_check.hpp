#pragma once

#include "kit/net/tls/tls_handshake.hpp"
#include "kit/net/tls/tls_session.hpp"

#include <chrono>

namespace tw::net {

/// Makes a connection over TLS to `address` within `timeout`, as a call would, and closes it. A
/// server of TLS 1.3 checks the client's certificate only after the client's handshake. The check
/// therefore waits for the first bytes of the server, which an HTTP/2 server sends at once. A
/// server that sends nothing until the time is over counts as good.
///
/// Fails with UNAVAILABLE and a detail for people. The reason is TLS_HANDSHAKE_FAILED if the two
/// sides do not agree ("its certificate is not accepted: …"), and another one if there is no
/// connection at all. Fails with the context's error when the call is over before. `client` must
/// outlive the task.
Task<Result<TlsSession>> check_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                   std::chrono::nanoseconds timeout, TlsClient& client);

}  // namespace tw::net
