#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/net/stream.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <functional>
#include <list>
#include <memory>

namespace tw::http {

/// Reads the header of the PROXY protocol, version 2, that trusted proxies send before the first
/// byte of a connection, also before a TLS handshake. It belongs to one loop. A connection without
/// such a header is closed, since its client would be taken for the proxy. It is logged as
/// http.rejected.
class ProxyAcceptor {
 public:
    using OnStream = std::move_only_function<void(std::unique_ptr<net::Stream> stream)>;

    /// The header must have arrived after `header_time_max`. `loop` and `telemetry` must outlive
    /// the acceptor.
    ProxyAcceptor(EventLoop& loop, std::chrono::milliseconds header_time_max, telemetry::Telemetry telemetry)
        : loop_{loop}, header_time_max_{header_time_max}, log_{telemetry.log} {}
    ProxyAcceptor(const ProxyAcceptor&) = delete;
    ProxyAcceptor& operator=(const ProxyAcceptor&) = delete;

    /// Passes the stream, whose peer is now the proxy's client, to `on_stream`.
    void accept(std::unique_ptr<net::Stream> stream, OnStream on_stream);
    /// Closes the connections that wait for a header, accepts no more, and returns when nothing
    /// runs any more. Await it before the acceptor is destroyed.
    Task<void> close();

 private:
    Task<void> introduce(std::unique_ptr<net::Stream> stream, OnStream on_stream);
    /// Returns the stream whose peer is the client.
    Task<Result<std::unique_ptr<net::Stream>>> read_header(std::unique_ptr<net::Stream> stream);

    EventLoop& loop_;
    std::chrono::milliseconds header_time_max_;
    const telemetry::Logger& log_;
    /// The connections that wait for a header.
    std::list<net::Stream*> waiting_;
    Gate gate_;
};

}  // namespace tw::http
