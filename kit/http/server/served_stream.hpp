#pragma once

#include "kit/async/cancel.hpp"
#include "kit/http/server/connection_host.hpp"
#include "kit/http/streamed_body.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace tw::http {

class RequestWork;

/// How a streamed answer ended.
enum class StreamEnd : std::uint8_t {
    complete,     ///< the body is whole
    failed,       ///< the body's maker failed
    client_gone,  ///< the client went away
    stalled,      ///< the client took nothing for too long
    drained       ///< the server ended the stream because of a drain
};

/// Returns the value of `tw.http.stream.end`, such as "complete".
std::string_view name_of(StreamEnd end);

/// One streamed answer, from its handler's response to its end. It is the same for every HTTP
/// version. The connection writes the parts and says when the stream is over; the first of several
/// reasons counts.
class ServedStream final : private BodyWriter {
 public:
    /// `started` is the time of the request's first byte. All arguments must outlive the stream.
    ServedStream(ConnectionHost& host, RequestWork& work, SteadyTime started, std::shared_ptr<StreamedBody> body);

    /// Counts the stream and has the body begin. Afterwards `head` is what is to be sent. If it has
    /// no stream, it is a plain answer, such as a refusal.
    Task<void> begin(Response& head);
    /// Writes the body to `parts`. Call it after `begin` if the head has a stream, even if the
    /// stream has ended. Returns when the body has ended.
    Task<void> run(BodyWriter& parts);

    /// Ends the stream. The body is told, and may end within the call.
    void end(StreamEnd how);
    const std::optional<StreamEnd>& ended() const { return ended_; }
    /// Whether the client is to see a body that is complete.
    bool whole() const { return ended_ == StreamEnd::complete || ended_ == StreamEnd::drained; }
    /// When the head was ready to be sent.
    SteadyTime head_at() const { return head_at_; }
    /// How many bytes of the body have been written.
    std::size_t bytes() const { return bytes_; }

 private:
    Task<Result<void>> write(std::string_view part) override;
    Task<void> begin_body(Response& head);
    Task<Result<void>> run_body();

    ConnectionHost& host_;
    RequestWork& work_;
    const net::Address peer_;
    SteadyTime started_;
    SteadyTime head_at_{};
    std::shared_ptr<StreamedBody> body_;
    CancelScope scope_;
    CallContext ctx_;
    BodyWriter* parts_ = nullptr;
    std::optional<net::ConnectionCount::Place> place_;
    std::optional<StreamEnd> ended_;
    std::size_t bytes_ = 0;
    /// Whether the body has begun, so that it must run.
    bool begun_ = false;
};

}  // namespace tw::http
