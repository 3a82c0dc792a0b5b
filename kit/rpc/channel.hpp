#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/state.hpp"

#include <memory>

namespace tw::rpc {

/// The caller's end of a streaming call. One reader and one writer at a time. Destroying it before its end cancels the call.
class ClientStream {
 public:
    virtual ~ClientStream() = default;
    /// Returns when there is room for more: flow control is the back-pressure.
    virtual Task<Result<void>> write(const Message& request, WriteOptions options) = 0;
    /// No more requests follow.
    virtual Task<Result<void>> finish_writes() = 0;
    /// False at the end of a call that succeeded; the status of one that failed as Error.
    virtual Task<Result<bool>> read(Message& response) = 0;
};

/// A way to a service: over the network or within the loop. Same deadlines, status, metadata and spans on both. Belongs to
/// one loop; outlives its calls.
///
/// A call ends at the sooner of the context's deadline and the method's, with DEADLINE_EXCEEDED; when its context is
/// cancelled, with CANCELLED. What the callee answers as status arrives as Error with its reason and violations.
/// `options` may be null.
///
/// Error::outcome_open says whether the callee may have done the call. It is false where nothing of the call was sent and where
/// the callee refused it. It is true where the call ended after something was sent and before a status came, by the deadline, by
/// cancellation or with the connection, and where the status is a proxy's. Error::retryable is true only where the outcome is not
/// open, or the method's contract lets it be repeated.
class Channel {
 public:
    virtual ~Channel() = default;
    virtual Task<Result<void>> unary(const CallContext& ctx, const Method& method, const Message& request, Message& response,
                                     CallOptions* options = nullptr) = 0;
    /// `ctx`'s scope must outlive the stream.
    virtual Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, const Method& method,
                                                             CallOptions* options = nullptr) = 0;
    /// As it is now.
    virtual ChannelState state() const = 0;
};

}  // namespace tw::rpc
