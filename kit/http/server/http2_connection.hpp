#pragma once

#include "kit/async/gate.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/net/h2_connection.hpp"

#include <string>
#include <vector>

namespace tw::http {

class Http2Exchange;

/// One client's requests by HTTP/2 (RFC 9113), each on a stream of its own. Says GOAWAY when it has been idle for too long or is
/// to drain, and ends a client that abuses the protocol.
class Http2Connection final : public ServedConnection, private net::H2Events {
 public:
    /// `host` outlives the connection. `opening` is what has been read already.
    Http2Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream, std::string opening = {});

    Task<void> run() override;
    /// Instead of run: takes no request, and tells the client to leave.
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
    /// One stream is no longer an exchange's, and may last.
    void on_stream_taken();

    // Bodies that wait to be complete share a budget. Beyond it only the oldest of them gets more, so that all get through.
    void hold(Http2Exchange& exchange);
    bool may_receive(const Http2Exchange& exchange) const;
    void release(Http2Exchange& exchange);

    ConnectionHost& host_;
    ClientOrigin origin_;
    net::H2Connection connection_;
    std::string opening_;
    /// The exchanges whose handlers run.
    Gate gate_;
    Timer idle_;
    /// Runs from the first stream that was taken over.
    Timer age_;
    std::size_t buffered_bytes_ = 0;
    /// Those that were told to wait, the oldest first.
    std::vector<Http2Exchange*> held_;
    bool told_to_leave_ = false;
    bool aged_ = false;
    bool refusing_ = false;
};

}  // namespace tw::http
