#pragma once

#include "kit/async/gate.hpp"
#include "kit/net/tls_handshake.hpp"
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
    /// Handshakes under way on this loop, which cost the server most. Where there are more, the one that has taken longest gives
    /// way to the newcomer: whoever holds up his own would otherwise keep everybody else out.
    std::size_t handshakes_max = 500;
    /// What the log and the metric call the port: "http", "order".
    std::string port;
    /// What a client gets to read that speaks in the clear, such as one of HTTP; empty: nothing.
    TlsAnswerInClear answer_in_clear;
};

/// The server's handshakes of one port on one loop. Those that fail are logged (tls.refused, with the reason) and counted.
class TlsAcceptor {
 public:
    using OnStream = std::move_only_function<void(std::unique_ptr<Stream> stream)>;

    /// `loop` and `telemetry` outlive it.
    TlsAcceptor(EventLoop& loop, std::shared_ptr<const TlsContext> context, TlsAcceptorOptions options,
                telemetry::Telemetry telemetry);
    TlsAcceptor(const TlsAcceptor&) = delete;
    TlsAcceptor& operator=(const TlsAcceptor&) = delete;

    /// Hands the stream to `on_stream` once it is secure; never, where that fails.
    void accept(std::unique_ptr<Stream> stream, OnStream on_stream);
    /// Breaks off what is under way, takes no more, and returns when nothing runs any more. Await it before it is destroyed.
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
    /// Those under way, the oldest first.
    std::list<Handshake*> under_way_;
    Gate gate_;
};

}  // namespace tw::net
