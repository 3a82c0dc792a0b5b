#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/http/message.hpp"
#include "kit/net/address.hpp"
#include "kit/net/h2_session.hpp"

#include <memory>

namespace tw::http {

/// Where a stream comes from that is taken over. Refers to what its connection has.
struct StreamOrigin {
    /// When the first byte of the request came.
    SteadyTime started;
    const net::Address& peer;
    /// The attributes that all requests of the connection have.
    const std::shared_ptr<const CallAttributes>& attributes;
};

/// Serves some streams of HTTP/2 in the server's place. A handler gets a request when it is whole; a protocol whose clients ask
/// and read in turn, as those of gRPC do, needs the stream from its header on. Belongs to one loop, and outlives the server.
///
/// The connection stays the server's: its windows, its limits on streams, headers and resets, keepalive and drain hold for
/// streams that were taken over, too. What a stream may cost beyond that, and how long it may take, is the taker's to bound.
class StreamTaker {
 public:
    virtual ~StreamTaker() = default;
    /// Whether the request that begins with `head` is for the taker. Asked for sound headers alone.
    virtual bool wants(const Request& head) const = 0;
    /// The stream that is told the header once more, before anything else happens, and all that follows. It goes when it is
    /// told of its end.
    virtual net::H2Stream& take(const StreamOrigin& origin) = 0;
};

}  // namespace tw::http
