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

/// Called with the reason why a client's connection to `peer` failed because of TLS: in the
/// handshake, or right after it, when the server refuses the client's certificate (TLS 1.3). It is
/// called on the loop's thread.
using TlsFailureReport = std::function<void(const Address& peer, std::string_view why)>;

/// A client's state for the connections to one target: the expected identity of the server, and the
/// last session, which makes the next handshake short. It belongs to one loop.
class TlsClient {
 public:
    TlsClient(std::shared_ptr<TlsContext> context, TlsTarget target, TlsFailureReport on_failure = {});

    /// Makes the handshake over `stream`, which is closed if that fails or the call is over. Fails
    /// with UNAVAILABLE, reason TLS_HANDSHAKE_FAILED, whose cause says what is wrong ("certificate
    /// has expired"), or with the context's error.
    Task<Result<std::unique_ptr<Stream>>> secure(const CallContext& ctx, std::unique_ptr<Stream> stream);

 private:
    std::shared_ptr<TlsContext> context_;
    TlsTarget target_;
    std::shared_ptr<TlsSessionStore> sessions_;
    TlsFailureReport on_failure_;
};

/// Makes a server's answer to a client that does not speak TLS.
using TlsAnswerInClear = std::function<std::string()>;

/// Makes the server's side of the handshake. The errors are those of TlsClient::secure. The
/// stream's tls() has the identity of the peer and what was agreed on. A client whose first byte is
/// a letter speaks HTTP and not TLS. It gets `answer_in_clear`, if that is set, before the
/// connection is closed.
Task<Result<std::unique_ptr<Stream>>> accept_tls(const CallContext& ctx, const TlsContext& context,
                                                 std::unique_ptr<Stream> stream, TlsAnswerInClear answer_in_clear = {});

/// Connects as `connect` does and makes the handshake, both within `timeout`. `client` must outlive
/// the task.
Task<Result<std::unique_ptr<Stream>>> connect_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                                  std::chrono::nanoseconds timeout, TlsClient& client);

}  // namespace tw::net
