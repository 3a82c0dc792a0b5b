#pragma once

#include "kit/async/call_context.hpp"
#include "kit/rpc/compression.hpp"
#include "kit/rpc/method.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tw::rpc {

/// Metadata as gRPC defines it. Names are in lower case. Values of names that end in "-bin" are raw
/// bytes here and base64 on the wire.
using Metadata = std::vector<std::pair<std::string, std::string>>;

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
    /// Server side: who makes the call. The policy that authenticates callers sets it in its
    /// `before`. If unset, the connection says who it is.
    std::optional<Principal> principal{};
    /// Server side: when the call must have ended. A policy may set it in its `before`. A time
    /// later than the caller's deadline has no effect.
    std::optional<Deadline> deadline{};
};

/// Returns the call of an RPC within its handler and within what the handler calls. Returns null
/// elsewhere.
inline CallInfo* served(const CallContext& ctx) { return ctx.attached<CallInfo>(); }

}  // namespace tw::rpc
