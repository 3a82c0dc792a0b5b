#pragma once

#include "kit/base/result.hpp"
#include "kit/net/h2_keepalive.hpp"
#include "kit/rpc/compression.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace tw::rpc {

/// The limits that a server sets for its clients.
struct ServerLimits {
    /// The greatest size of one request and of one response, in bytes before compression.
    std::size_t message_bytes_max = 4 * 1024 * 1024;
    std::size_t response_bytes_max = kMessageBytesMost;
    /// The greatest size of a request's metadata in bytes. The default is more than the largest W3C
    /// baggage needs, so that such baggage does not fail a call.
    std::size_t metadata_bytes_max = 16 * 1024;
    std::size_t streams_max = 100;  ///< open at once, per connection
    std::size_t stream_window_bytes = 64 * 1024;
    std::size_t connection_window_bytes = 1024 * 1024;
    std::size_t connections_max = 10'000;              ///< on all loops together; further ones are closed
    std::size_t connections_per_address_max = 5'000;   ///< of one client (net::ConnectionCount), on all loops; 0: no limit
    std::size_t resets_max = 100;                      ///< streams reset by the client within 10 s (CVE-2023-44487)
    std::chrono::milliseconds idle_time_max{300'000};  ///< how long a connection may have no streams
    std::chrono::milliseconds header_time_max{5'000};  ///< from a call's first byte to the end of its headers
    /// How long a client may take to read an answer after the deadline of its call. It is also the
    /// longest time for which a client may accept none of the sent bytes.
    std::chrono::milliseconds answer_time_max{15'000};
    /// A connection that is older takes no new calls (GOAWAY; gRFC A9), so that clients also
    /// connect to new replicas. The age is up to a tenth more or less, at random. Open calls may go
    /// on for `connection_grace`, and then the connection is closed.
    std::chrono::milliseconds connection_age_max{1'800'000};
    std::chrono::milliseconds connection_grace{60'000};
    /// When a silent client is pinged. If it does not answer, its connection is closed and its
    /// calls are cancelled.
    net::KeepaliveOptions keepalive{.time = std::chrono::hours{2}, .without_streams = true};
    /// A client that pings more often than `interval_min` gets GOAWAY with ENHANCE_YOUR_CALM and
    /// "too_many_pings" (gRFC A8).
    net::PingLimits pings{.interval_min = std::chrono::minutes{5}};

    /// The domain of the reasons of this server's errors, such as the name of the program:
    /// ErrorInfo.domain (google/rpc/error_details.proto). Not empty.
    std::string error_domain = "tw";

    Result<void> validate() const;
};

}  // namespace tw::rpc
