#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/value_task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/service.hpp"

#include <functional>

namespace tw::rpc {

/// What applies to the calls that a service serves, whichever way they come: over the network, within the process, or at the edge
/// by HTTP. The order is: each policy's `before`, in the order of their list; decoding and the contract's checks of the message;
/// each policy's `around`, the first of the list outermost; the handler.
///
/// A policy belongs to one event loop. A method that no policy takes part in is served as if there were none.
class Policy {
 public:
    /// Where a policy takes part in the calls of a method.
    struct Part {
        bool before = false;
        bool around = false;
    };
    /// Runs the rest of the call: the policies further inside, and the handler.
    using Next = std::move_only_function<Task<Result<void>>(const CallContext& ctx)>;
    using NextStream = std::move_only_function<Task<Result<void>>(const CallContext& ctx, ServerStream& stream)>;

    virtual ~Policy() = default;

    /// Asked once for each method, when the service is added.
    virtual Part part_in(const Method& method) const = 0;
    /// Whether it reads the request's metadata. At the edge, metadata are made of header fields only for policies that do.
    virtual bool reads_metadata() const { return true; }

    /// Lets the call pass, or refuses it, before its message has been decoded: nothing of the call has been done then. May set
    /// `principal`, `deadline` and metadata of the answer. `ctx` and `call` last until the call has ended. A policy that knows
    /// its answer returns it: `return {};`, or an Error. One that has to wait returns the task of a coroutine.
    virtual ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call);
    /// A call has ended that this policy's `before` let pass.
    virtual void after(CallInfo& call) noexcept;

    /// A unary call with its checked request. Calls `next` at most once, after which `response` is filled where that succeeded;
    /// or answers in its place, by an error or by filling `response`.
    virtual Task<Result<void>> around(const CallContext& ctx, CallInfo& call, const Message& request, Message& response,
                                      Next next);
    /// A streaming call. A policy that looks at messages calls `next` with a stream of its own, which reads from and writes to
    /// `stream`.
    virtual Task<Result<void>> around_stream(const CallContext& ctx, CallInfo& call, ServerStream& stream, NextStream next);
};

}  // namespace tw::rpc
