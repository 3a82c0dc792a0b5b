#pragma once

#include "kit/http/client_stream.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tw::http {

class EventLines;

/// One event of a stream of server-sent events.
struct ServerEvent {
    /// "message" if the server names no type.
    std::string type = "message";
    std::string data;
};

/// Reads a stream of server-sent events (WHATWG HTML §9.2) over one connection of HTTP/1.1. A
/// stream that ends is not opened again: the caller knows better where to continue.
///
/// An EventSource belongs to one loop, and one call at a time uses it.
class EventSource {
 public:
    /// Makes a source that connects to the URL's address, by TLS for https. The URL's target is not
    /// used. The options apply as those of a ClientStream; `body_bytes_max` bounds one event and an
    /// answer that is no stream. Fails as Client::make does.
    static Result<std::unique_ptr<EventSource>> make(EventLoop& loop, const Url& url, const ClientOptions& options = {});
    /// `authority` is the value of the Host field. `options` are valid.
    EventSource(EventLoop& loop, std::string authority, const ClientOptions& options, net::Connector connector);
    ~EventSource();
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;

    /// Sends the request and waits for the head of the answer. If the answer is a stream of events,
    /// its body is empty, and `next` reads the events. Any other answer, such as an error, is
    /// returned whole. The errors are those of ClientStream. Call it once.
    Task<Result<ClientResponse>> open(const CallContext& ctx, ClientRequest request);
    /// Waits for the next event. Returns nothing when the server has ended the stream. Fails as
    /// ClientStream::next does, and with RESPONSE_TOO_LARGE for an event that is too large.
    Task<Result<std::optional<ServerEvent>>> next(const CallContext& ctx);

 private:
    EventSource(std::unique_ptr<ClientStream> stream, std::string authority, std::size_t event_bytes_max);

    std::unique_ptr<ClientStream> stream_;
    std::unique_ptr<EventLines> lines_;
    std::string authority_;
    std::size_t event_bytes_max_;
};

/// Whether an answer is a stream of server-sent events.
bool is_event_stream(const ClientResponse& head);

}  // namespace tw::http
