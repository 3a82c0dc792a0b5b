#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/http/message.hpp"
#include "kit/net/address.hpp"
#include "kit/net/h2_session.hpp"

#include <memory>

namespace tw::http {

/// The origin of a stream that is taken over. It refers to objects of the stream's connection.
struct StreamOrigin {
    /// When the first byte of the request came.
    SteadyTime started;
    const net::Address& peer;
    /// The attributes that all requests of the connection share.
    const std::shared_ptr<const CallAttributes>& attributes;
};

/// Serves some streams of HTTP/2 in place of the server. A handler gets a request when it is
/// complete. A protocol whose clients send and receive in turns, such as gRPC, needs the stream
/// from its header on. A StreamTaker belongs to one loop, and must outlive the server.
///
/// The connection stays the server's: its windows, its limits on streams, headers and resets,
/// keepalive and drain apply to taken streams, too. The taker itself must bound any further cost of
/// a stream, and how long it may take.
class StreamTaker {
 public:
    virtual ~StreamTaker() = default;
    /// Whether the taker takes the request that begins with `head`. It is called only for valid
    /// headers.
    virtual bool wants(const Request& head) const = 0;
    /// Returns the object that takes the stream. It is notified of the header once more, before
    /// anything else happens, and of all later events. It destroys itself when it is notified of
    /// the stream's end.
    virtual net::H2Stream& take(const StreamOrigin& origin) = 0;
};

}  // namespace tw::http
