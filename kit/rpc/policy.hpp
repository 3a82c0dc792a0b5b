#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/value_task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/service.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace tw::rpc {

/// A rule for the calls that a service serves, whichever way they come: over the network, within
/// the process, or at the edge by HTTP. A call goes through these steps in order: each policy's
/// `before`, in the order of the list; decoding, and the contract's checks of the message; each
/// policy's `around`, the first of the list outermost; the handler.
///
/// A policy belongs to one event loop. A method in which no policy takes part is served as if there
/// were none.
class Policy {
 public:
    /// The steps of a method's calls in which a policy takes part.
    struct Part {
        bool before = false;
        bool around = false;
    };
    /// Runs the rest of the call: the policies further inside, and the handler.
    using Next = std::move_only_function<Task<Result<void>>(const CallContext& ctx)>;
    using NextStream = std::move_only_function<Task<Result<void>>(const CallContext& ctx, ServerStream& stream)>;

    virtual ~Policy() = default;

    /// Returns the steps in which this policy takes part in the method's calls. It is called when a
    /// service is added or policies are set, and not at each call.
    virtual Part part_in(const Method& method) const = 0;
    /// Whether this policy reads the request's metadata. At the edge, header fields become metadata
    /// only if one of the method's policies reads them.
    virtual bool reads_metadata() const { return true; }
    /// The names of the metadata that a policy with `reads_metadata` reads, in lower case and with
    /// static storage. Empty if it may read any. At the edge, only the fields that policies read
    /// are copied.
    virtual std::span<const std::string_view> metadata_names() const { return {}; }
    /// Whether this policy looks for the names of metadata_names() in CallInfo::lent_metadata, too.
    /// If all policies do, the edge lends the fields and does not copy them. None of the names may
    /// end in "-bin" then, since such values have to be decoded.
    virtual bool reads_lent_metadata() const { return false; }

    /// Lets the call pass, or refuses it with an error. The message has not been decoded yet, so
    /// nothing of the call has been done. It may set `principal`, `deadline` and metadata of the
    /// answer. `ctx` and `call` last until the call has ended. A policy that knows its answer
    /// returns it: `return {};`, or an Error. A policy that has to wait returns the task of a
    /// coroutine.
    virtual ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call);
    /// Called at the end of each call that this policy's `before` let pass.
    virtual void after(CallInfo& call) noexcept;

    /// Runs around a unary call whose request has been checked. It calls `next` at most once; if
    /// `next` succeeds, `response` is filled. It may also answer instead of the handler, with an
    /// error or by filling `response`.
    virtual Task<Result<void>> around(const CallContext& ctx, CallInfo& call, const Message& request, Message& response,
                                      Next next);
    /// Runs around a streaming call. A policy that looks at messages calls `next` with a stream of
    /// its own, which reads from `stream` and writes to it.
    virtual Task<Result<void>> around_stream(const CallContext& ctx, CallInfo& call, ServerStream& stream, NextStream next);
};

}  // namespace tw::rpc
