#pragma once

#include "kit/async/gate.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/net/h2_served_connection.hpp"

#include <string>
#include <vector>

namespace tw::http {

class Http2Exchange;

/// Serves one client's requests by HTTP/2 (RFC 9113), each on its own stream. How long the
/// connection may last is net::H2ServedConnection's part.
class Http2Connection final : public ServedConnection, private net::H2Requests {
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

    net::H2Stream* on_request(SteadyTime now) override;
    void on_abuse(std::string_view what) override;

    // Incomplete bodies share a budget. Beyond it only the oldest of them gets more, so that every
    // body is completed eventually.
    void hold(Http2Exchange& exchange);
    bool may_receive(const Http2Exchange& exchange) const;
    void release(Http2Exchange& exchange);

    ConnectionHost& host_;
    ClientOrigin origin_;
    net::H2ServedConnection connection_;
    std::string first_bytes_;
    /// The gate of the exchanges whose handlers run.
    Gate gate_;
    std::size_t buffered_bytes_ = 0;
    /// The exchanges that must wait, the oldest first.
    std::vector<Http2Exchange*> held_;
    /// The exchanges whose answers are being streamed.
    std::vector<Http2Exchange*> streaming_;
    bool refusing_ = false;
    bool draining_ = false;
};

}  // namespace tw::http
