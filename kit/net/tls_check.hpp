#pragma once

#include "kit/net/tls_handshake.hpp"
#include "kit/net/tls_session.hpp"

#include <chrono>

namespace tw::net {

/// Tries a connection over TLS to `address` within `timeout`, as a call would make one, and closes it. A server of TLS 1.3 judges
/// the client's certificate only after the client's handshake, so the check waits for what the server sends first, which one of
/// HTTP/2 does at once; a server that is silent until the time is over counts as good.
///
/// UNAVAILABLE with a detail for people: reason TLS_HANDSHAKE_FAILED where the two sides do not agree ("its certificate is not
/// accepted: …"), another one where there is no connection at all. The context's own error when the call is over before.
/// `client` outlives the task.
Task<Result<TlsSession>> check_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                   std::chrono::nanoseconds timeout, TlsClient& client);

}  // namespace tw::net
