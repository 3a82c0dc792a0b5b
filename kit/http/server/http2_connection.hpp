#pragma once

#include "kit/async/gate.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/net/h2_connection.hpp"

#include <string>
#include <vector>

namespace tw::http {

class Http2Exchange;

/// Serves one client's requests by HTTP/2 (RFC 9113), each on its own stream. It sends GOAWAY when
/// the connection has been idle for too long or must drain. It ends the connection of a client that
/// abuses the protocol.
class Http2Connection final : public ServedConnection, private net::H2Events {
 public:
    /// `host` must outlive the connection. `first_bytes` is what has been read already.
    Http2Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, std::string first_bytes = {});

    Task<void> run() override;
    /// Takes no request, and tells the client to leave. Call it in place of run.
    Task<void> refuse();
    void drain() override;
    void cut() override { connection_.close(); }

 private:
    friend Http2Exchange;

    net::H2Stream* on_request() override;
    void on_stream_gone() override;
    void on_abuse(std::string_view what) override;
    void on_idle();
    void on_age();
    /// A stream was taken over and may last longer than a request.
    void on_stream_taken();

    // Incomplete bodies share a budget. Beyond it only the oldest of them gets more, so that every
    // body is completed eventually.
    void hold(Http2Exchange& exchange);
    bool may_receive(const Http2Exchange& exchange) const;
    void release(Http2Exchange& exchange);

    ConnectionHost& host_;
    ClientOrigin origin_;
    net::H2Connection connection_;
    std::string first_bytes_;
    /// The gate of the exchanges whose handlers run.
    Gate gate_;
    Timer idle_;
    /// Runs from the time when the first stream was taken over.
    Timer age_;
    std::size_t buffered_bytes_ = 0;
    /// The exchanges that must wait, the oldest first.
    std::vector<Http2Exchange*> held_;
    bool told_to_leave_ = false;
    bool aged_ = false;
    bool refusing_ = false;
};

}  // namespace tw::http
