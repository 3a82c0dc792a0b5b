#pragma once

#include "kit/http/client.hpp"

#include <memory>
#include <string>

namespace tw::http {

/// Receives the answer to one request part by part, as it comes, such as a stream of events. It
/// has a connection of HTTP/1.1 of its own, so a long answer takes no place from the requests of a
/// Client. The next part is read when it is asked for, so a slow reader slows the server down.
///
/// A ClientStream belongs to one loop, and one call at a time uses it. Its destruction closes the
/// connection.
class ClientStream {
 public:
    /// Makes a stream that connects to the URL's address, by TLS for https. The URL's target is not
    /// used. Of the options, those of the connection, the head and `silence_time_max` apply;
    /// `body_bytes_max` bounds read_rest() alone. Fails as Client::make does.
    static Result<std::unique_ptr<ClientStream>> make(EventLoop& loop, const Url& url, const ClientOptions& options = {});
    /// `authority` is the value of the Host field. `options` are valid.
    ClientStream(EventLoop& loop, std::string authority, const ClientOptions& options, net::Connector connector);
    ~ClientStream();
    ClientStream(const ClientStream&) = delete;
    ClientStream& operator=(const ClientStream&) = delete;

    /// Sends the request and waits for the head of the answer, whose body is then empty. The errors
    /// are those of Client::send. Call it once.
    Task<Result<ClientResponse>> open(const CallContext& ctx, ClientRequest request);
    /// Waits for the next part of the body, which has about 16 KiB at most. Returns an empty part
    /// at the end of the body.
    ///
    /// The errors are UNAVAILABLE if the connection breaks, or if the server sends nothing for
    /// `silence_time_max`; MALFORMED_RESPONSE; and the context's own error at once when `ctx` is
    /// over. No part follows an error.
    Task<Result<std::string>> next(const CallContext& ctx);
    /// Waits for the whole rest of the body. Fails like next(), and with RESPONSE_TOO_LARGE beyond
    /// `body_bytes_max`.
    Task<Result<std::string>> read_rest(const CallContext& ctx);

 private:
    struct Open;

    Task<Result<void>> send(const CallContext& ctx, const ClientRequest& request);
    Task<Result<void>> read_more(const CallContext& ctx);
    Task<Result<void>> read_from_connection(const CallContext& ctx);

    EventLoop& loop_;
    std::string authority_;
    ClientOptions options_;
    net::Connector connector_;
    std::unique_ptr<Open> open_;
};

}  // namespace tw::http
