#pragma once

#include "kit/base/result.hpp"
#include "kit/net/h2_keepalive.hpp"
#include "kit/rpc/compression.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace tw::rpc {

/// What a server grants its clients.
struct ServerLimits {
    /// Of one request, and of one response; before packing.
    std::size_t message_bytes_max = 4 * 1024 * 1024;
    std::size_t response_bytes_max = kMessageBytesMost;
    /// More than W3C baggage alone may need, so that a full one does not fail a call.
    std::size_t metadata_bytes_max = 16 * 1024;
    std::size_t streams_max = 100;  ///< concurrent, a connection
    std::size_t stream_window_bytes = 64 * 1024;
    std::size_t connection_window_bytes = 1024 * 1024;
    std::size_t connections_max = 10'000;              ///< of all loops together; the next one is closed
    std::size_t connections_per_address_max = 5'000;   ///< likewise of one client (net::ConnectionCount); 0: no limit
    std::size_t resets_max = 100;                      ///< streams reset by the client within 10 s (CVE-2023-44487)
    std::chrono::milliseconds idle_time_max{300'000};  ///< of a connection without streams
    std::chrono::milliseconds header_time_max{5'000};  ///< from a call's first byte to the end of its headers
    /// How long a client may take, after the deadline of its call, to read what was answered; and how long it may read nothing.
    std::chrono::milliseconds answer_time_max{15'000};
    /// A connection that is older takes no new calls (GOAWAY; gRFC A9), so that clients come to replicas that are new to them;
    /// by up to a tenth more or less at random. Its calls may go on for the grace, then it is cut.
    std::chrono::milliseconds connection_age_max{1'800'000};
    std::chrono::milliseconds connection_grace{60'000};
    /// When a silent client is asked whether it is still there; one that does not answer is cut, and its calls are cancelled.
    net::KeepaliveOptions keepalive{.time = std::chrono::hours{2}, .without_streams = true};
    /// A client that pings more often than this gets GOAWAY with ENHANCE_YOUR_CALM and "too_many_pings" (gRFC A8).
    net::PingLimits pings{.interval_min = std::chrono::minutes{5}};

    /// Whose reasons the errors of this server have: ErrorInfo.domain (google/rpc/error_details.proto), such as the name of the
    /// program. Not empty.
    std::string error_domain = "tw";

    Result<void> validate() const;
};

}  // namespace tw::rpc
