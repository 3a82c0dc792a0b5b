#pragma once

#include "kit/http/server/connection_host.hpp"

#include <optional>
#include <string>

namespace tw::http {

/// The first bytes of a connection, which show the client's HTTP version.
struct FirstBytes {
    std::string bytes;
    /// When the first byte came.
    std::optional<SteadyTime> began;
};

/// Reads until it is known whether a client begins with HTTP/2's preface (RFC 9113 §3.4), as a
/// client with prior knowledge does. A client that sends too little for too long is closed.
class FirstBytesReader final : public ServedConnection {
 public:
    /// Both arguments must outlive the reader.
    FirstBytesReader(ConnectionHost& host, net::Stream& stream);

    Task<void> run() override;
    /// Closes the stream if nothing has come yet.
    void drain() override;
    void cut() override { stream_.close(); }

    /// Whether the client speaks HTTP/2.
    bool http2() const { return http2_; }
    bool draining() const { return draining_; }
    FirstBytes take() { return std::move(first_bytes_); }

 private:
    ConnectionHost& host_;
    net::Stream& stream_;
    FirstBytes first_bytes_;
    Timer timer_;
    bool http2_ = false;
    bool draining_ = false;
};

}  // namespace tw::http
