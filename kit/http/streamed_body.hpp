#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <string_view>

namespace tw::http {

/// Sends a body part by part. It belongs to one answer and allows one write at a time.
class BodyWriter {
 public:
    virtual ~BodyWriter() = default;
    /// Sends `part`, which must stay valid until the call returns. The client gets the part without
    /// waiting for the next one. The call returns when there is room for more, so a slow client
    /// slows the writer down. Fails with CANCELLED if the stream is over.
    virtual Task<Result<void>> write(std::string_view part) = 0;
};

/// A body that is sent while it is being made (Response::stream). The server calls `begin`, sends
/// the head, and calls `run`. The functions may refer to the request, which outlives the body.
///
/// Both calls get the same context, which lasts until `run` has returned. It is the request's
/// context with another scope: the stream has no deadline. The scope is cancelled at once when the
/// client goes away, when a drain begins, and when the client takes nothing for
/// ServerLimits::stream_stall_time_max. `run` then returns soon, and may not write any more.
class StreamedBody {
 public:
    virtual ~StreamedBody() = default;
    /// Prepares the body and completes the head of its answer. It is bounded by the time limit of
    /// the request. If it resets `head.stream`, then `head` is sent as a plain answer and `run` is
    /// not called. Otherwise `run` is always called. HEAD requests are answered without `begin` and
    /// `run`.
    virtual Task<void> begin(const CallContext& ctx, Response& head);
    /// Writes the body. On success the body is complete. After an error the client sees that its
    /// end is missing: HTTP/1.1 closes the connection without the last chunk, HTTP/2 resets the
    /// stream.
    virtual Task<Result<void>> run(const CallContext& ctx, BodyWriter& body) = 0;
};

}  // namespace tw::http
