#pragma once

#include "kit/async/call_context.hpp"
#include "kit/rpc/compression.hpp"
#include "kit/rpc/method.hpp"
#include "kit/rpc/telemetry_ids.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::rpc {

/// Metadata as gRPC defines it. Names are in lower case. Values of names that end in "-bin" are raw
/// bytes here and base64 on the wire.
using Metadata = std::vector<std::pair<std::string, std::string>>;
/// Metadata that somebody else owns.
using LentMetadata = std::span<const std::pair<std::string_view, std::string_view>>;

/// What a caller may say about one call beside its context and its request, and what it learns
/// beside the response. The object may be used again for the next call. It must stay in place until
/// the call has ended or, for a stream, until the stream is destroyed.
struct CallOptions {
    /// The metadata that is sent with the request. An entry is left out if its name belongs to HTTP
    /// or gRPC. An entry is also left out if HTTP/2 cannot carry it: if its name has capitals, or
    /// if its value has anything but printable ASCII and its name does not end in "-bin".
    Metadata metadata;
    /// Whether the call waits for a connection, up to its deadline, where it would otherwise fail
    /// at once. If unset, the channel's option applies.
    std::optional<bool> wait_for_ready;
    /// The compression of requests. If unset, the channel's option applies.
    std::optional<Compression> compression;
    /// The greatest size of one message in bytes, before compression. A larger message fails the
    /// call with RESOURCE_EXHAUSTED. If unset, the channel's option applies.
    std::optional<std::size_t> request_bytes_max;
    std::optional<std::size_t> response_bytes_max;

    /// The metadata that the callee sent before its first message. It is complete when a unary call
    /// has ended, and after a stream's first read.
    Metadata initial_metadata;
    /// The metadata that the callee sent after its last message. It is complete at the end of the
    /// call.
    Metadata trailing_metadata;
    /// Whether the response that was read last was compressed.
    bool response_compressed = false;
};

/// What a policy attaches to a call, for other parts of the same library that the handler calls. A
/// policy that attaches one keeps it until the call has ended.
class CallExtension {
 public:
    virtual ~CallExtension() = default;
    /// A cache calls this before and after the call changes a row: the row that the cache keeps
    /// under `key` comes to `version`.
    virtual void on_row_change(std::string_view /*key*/, std::int64_t /*version*/) {}
    /// The handler calls this before the write of its change, with what it is going to answer.
    virtual void on_answer(const Message& /*answer*/) {}
};

/// Describes one call beside its messages. The caller's interceptors see it. The callee's policies
/// and handler see it too, by `served(ctx)`.
struct CallInfo {
    const Method& method;
    Metadata& request_metadata;   ///< client side: what will be sent; server side: what came
    Metadata& initial_metadata;   ///< server side: what will be sent before the first message; client side: what came
    Metadata& trailing_metadata;  ///< server side: what will be sent after the last message; client side: what came
    /// Client side: the options that the caller gave. Null if it gave none.
    const CallOptions* options = nullptr;
    /// Server side: the compression of responses, where the caller can read it. Set it before the
    /// first response.
    Compression response_compression = Compression::identity;
    /// Whether the message that was read last was compressed.
    bool read_compressed = false;
    /// Client side: the number of attempts after the first.
    int retries = 0;
    /// Server side: metadata of the request that is lent, and not in `request_metadata`. A policy
    /// with Policy::reads_lent_metadata looks at both.
    LentMetadata lent_metadata{};
    /// Server side: who makes the call. The policy that authenticates callers sets it in its
    /// `before`. If unset, the connection says who it is.
    SharedPrincipal principal{};
    /// Server side: the `authorization` that proved `principal`. It is passed on with the calls of
    /// the handler. Null if there is none.
    std::shared_ptr<const std::string> authorization{};
    /// Server side: when that proof expires. The policy that authenticates callers sets it for
    /// streams, and ends them then.
    Deadline proof_until = Deadline::never();
    /// Server side: whether the caller may reach the objects of the user `principal` alone. The
    /// policy that authorizes callers sets it; see owner_limit().
    bool own_objects_only = false;
    /// Server side: the kinds of caller that the caller counts as, for the fields of answers that
    /// some callers alone may see (`visible_to` in the contract). The policy that authorizes sets
    /// it. It stays kEveryCaller if nothing is hidden from the caller.
    CallerSet answered_to = kEveryCaller;
    /// Server side: when the call must have ended. A policy may set it in its `before`. A time
    /// later than the caller's deadline has no effect.
    std::optional<Deadline> deadline{};
    /// Server side: the baggage of the calls that the handler makes, in place of the one that came.
    /// Null if it stays.
    std::shared_ptr<const std::string> baggage{};
    /// Server side: the fault that was injected into the call, for its span. Null if none was.
    std::shared_ptr<const std::string> fault{};
    /// Server side: whether the call's span is recorded, and the ids that it gets.
    bool recorded = false;
    TelemetryIds telemetry_ids{};
    /// Server side: whether the call's stream is reset in place of an answer, as a connection that
    /// breaks would do it. Only calls over the network have a stream.
    bool resets_stream = false;
    /// Server side: when the limit of concurrent calls let the call pass.
    SteadyTime admitted_at{};
    /// Server side: what a policy has attached. Null if none has.
    CallExtension* extension = nullptr;
    /// Server side: what records the call in the audit log (audit::AuditedCall). Null if nothing
    /// does.
    CallExtension* audited = nullptr;
};

/// Returns the call of an RPC within its handler and within what the handler calls. Returns null
/// elsewhere.
inline CallInfo* served(const CallContext& ctx) { return ctx.attached<CallInfo>(); }

/// Returns the id of the user whose objects the served call may reach, or nothing if it may reach
/// the objects of all users. A service puts the id into its statements, so that the objects of
/// others are not found.
inline std::optional<std::string> owner_limit(const CallContext& ctx) {
    const auto* const call = served(ctx);
    if (call == nullptr || !call->own_objects_only) return std::nullopt;
    return ctx.principal().id;
}

}  // namespace tw::rpc
