#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/net/stream.hpp"
#include "kit/net/tls_context.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tw::net {

class TlsSessionStore;

/// Is told why a client's connection to `peer` failed for a reason of TLS: in the handshake, or right after it, when the server
/// refuses the client's certificate (TLS 1.3). On the loop's thread.
using TlsFailureReport = std::function<void(const Address& peer, std::string_view why)>;

/// What a client needs for the connections to one target: whom it expects there, and what it remembers of the last handshake,
/// so that the next one is short. Belongs to one loop.
class TlsClient {
 public:
    TlsClient(std::shared_ptr<TlsContext> context, TlsTarget target, TlsFailureReport on_failure = {});

    /// Shakes hands over `stream`, which is closed when that fails or the call is over. UNAVAILABLE, reason
    /// TLS_HANDSHAKE_FAILED, with what is wrong in its cause: "certificate has expired"; the context's own error otherwise.
    Task<Result<std::unique_ptr<Stream>>> secure(const CallContext& ctx, std::unique_ptr<Stream> stream);

 private:
    std::shared_ptr<TlsContext> context_;
    TlsTarget target_;
    std::shared_ptr<TlsSessionStore> sessions_;
    TlsFailureReport on_failure_;
};

/// Makes what a server tells a client that speaks in the clear.
using TlsAnswerInClear = std::function<std::string()>;

/// The server's side, likewise. What the peer was and agreed to is in the stream's tls(). A client that begins with a letter, as
/// every request of HTTP does and no handshake, gets `answer_in_clear`, where there is one, before the connection is closed.
Task<Result<std::unique_ptr<Stream>>> accept_tls(const CallContext& ctx, const TlsContext& context,
                                                 std::unique_ptr<Stream> stream, TlsAnswerInClear answer_in_clear = {});

/// As `connect` and then `secure`, both within `timeout`. `client` outlives the task.
Task<Result<std::unique_ptr<Stream>>> connect_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                                  std::chrono::nanoseconds timeout, TlsClient& client);

}  // namespace tw::net
