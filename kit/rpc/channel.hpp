#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/state.hpp"

#include <memory>

namespace tw::rpc {

/// The caller's end of a streaming call. It allows one reader and one writer at a time. Destroying
/// it before its end cancels the call.
class ClientStream {
 public:
    virtual ~ClientStream() = default;
    /// Returns when there is room for more requests. Flow control makes a writer wait if its reader
    /// is slower.
    virtual Task<Result<void>> write(const Message& request, WriteOptions options) = 0;
    /// Says that no more requests follow.
    virtual Task<Result<void>> finish_writes() = 0;
    /// Reads the next response. Returns false at the end of a call that succeeded. Fails with the
    /// status of a call that failed.
    virtual Task<Result<bool>> read(Message& response) = 0;
};

/// Calls a service over the network or within the loop. Both give the same deadlines, status,
/// metadata and spans. A channel belongs to one loop and must outlive its calls.
///
/// A call ends with DEADLINE_EXCEEDED at the context's deadline or the method's, whichever is
/// sooner. It ends with CANCELLED when its context is cancelled. A status that the callee answers
/// arrives as an Error with its reason and violations. `options` may be null.
///
/// Error::outcome_open says whether the callee may have done the call. It is false if nothing of
/// the call was sent, or if the callee refused the call. It is true if the call ended after
/// something was sent and before a status came, by the deadline, by cancellation or with the
/// connection. It is also true if the status is a proxy's. Error::retryable is true only if the
/// outcome is not open, or if the method's contract lets the call be repeated.
class Channel {
 public:
    virtual ~Channel() = default;
    virtual Task<Result<void>> unary(const CallContext& ctx, const Method& method, const Message& request, Message& response,
                                     CallOptions* options = nullptr) = 0;
    /// The scope of `ctx` must outlive the stream.
    virtual Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, const Method& method,
                                                             CallOptions* options = nullptr) = 0;
    /// Returns the state at this moment.
    virtual ChannelState state() const = 0;
};

}  // namespace tw::rpc
