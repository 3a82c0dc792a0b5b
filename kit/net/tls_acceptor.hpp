#pragma once

#include "kit/async/gate.hpp"
#include "kit/net/tls/tls_handshake.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace tw::net {

struct TlsAcceptorOptions {
    std::chrono::milliseconds handshake_time_max{5'000};
    /// How many handshakes, which cost the server most, may be under way on this loop. If there are
    /// more, the one that has taken longest is ended in favour of the new one. Slow clients could
    /// otherwise keep all others out.
    std::size_t handshakes_max = 500;
    /// The name of the port in the log and the metric: "http", "order".
    std::string port;
    /// Makes the answer to a client that does not speak TLS, such as one that speaks HTTP. If it is
    /// empty, such a client gets no answer.
    TlsAnswerInClear answer_in_clear;
};

/// The server's handshakes of one port on one loop. Handshakes that fail are logged (tls.refused,
/// with the reason) and counted.
class TlsAcceptor {
 public:
    using OnStream = std::move_only_function<void(std::unique_ptr<Stream> stream)>;

    /// `loop` and `telemetry` must outlive the acceptor.
    TlsAcceptor(EventLoop& loop, std::shared_ptr<const TlsContext> context, TlsAcceptorOptions options,
                telemetry::Telemetry telemetry);
    TlsAcceptor(const TlsAcceptor&) = delete;
    TlsAcceptor& operator=(const TlsAcceptor&) = delete;

    /// Passes the stream to `on_stream` once the handshake has succeeded, and never if it fails.
    void accept(std::unique_ptr<Stream> stream, OnStream on_stream);
    /// Cancels the handshakes under way, accepts no more, and returns when nothing runs any more.
    /// Await it before the acceptor is destroyed.
    Task<void> close();

 private:
    struct Handshake;
    Task<void> shake_hands(std::unique_ptr<Stream> stream, OnStream on_stream);
    void make_room();
    void report(const Address& peer, const Error& why);

    EventLoop& loop_;
    std::shared_ptr<const TlsContext> context_;
    TlsAcceptorOptions options_;
    const telemetry::Logger& log_;
    telemetry::Counter resumed_;
    telemetry::Counter full_;
    telemetry::Counter refused_;
    telemetry::Counter turned_away_;
    CancelScope scope_;
    /// The handshakes under way, the oldest first.
    std::list<Handshake*> under_way_;
    Gate gate_;
};

}  // namespace tw::net
