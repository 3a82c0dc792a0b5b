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

/// Metadata as gRPC defines it: names in lower case; values of names that end in "-bin" are raw bytes here and base64 on
/// the wire.
using Metadata = std::vector<std::pair<std::string, std::string>>;

/// What a caller may say about one call beside its context and its request, and what it is told beside the response. May be
/// used again for the next call. Stays in place until the call has ended; until a stream is destroyed.
struct CallOptions {
    /// Goes with the request. Names that belong to HTTP or gRPC are left out, and what HTTP/2 cannot carry: capitals in names,
    /// and in values that are not of "-bin" names anything but printable ASCII.
    Metadata metadata;
    /// Whether the call waits for a connection, to its deadline, where it would fail at once; unset: as the channel says.
    std::optional<bool> wait_for_ready;
    /// How requests are packed; unset: as the channel says.
    std::optional<Compression> compression;
    /// Of one message before it is packed; beyond it the call fails with RESOURCE_EXHAUSTED. Unset: as the channel says.
    std::optional<std::size_t> request_bytes_max;
    std::optional<std::size_t> response_bytes_max;

    /// What the callee sent before its first message: complete when a unary call has ended, and after a stream's first read.
    Metadata initial_metadata;
    /// What it sent after the last one: complete at the end of the call.
    Metadata trailing_metadata;
    /// Whether the response that was read last came packed.
    bool response_compressed = false;
};

/// One call beside its messages: as the caller's interceptors see it, and as the callee's policies and its handler do
/// (`served(ctx)`).
struct CallInfo {
    const Method& method;
    Metadata& request_metadata;   ///< client side: what will be sent; server side: what came
    Metadata& initial_metadata;   ///< server side: what will be sent before the first message; client side: what came
    Metadata& trailing_metadata;  ///< likewise, after the last one
    /// Client side: what the caller asked for; null where it said nothing.
    const CallOptions* options = nullptr;
    /// Server side: how responses are packed, where the caller can read it. To be set before the first response.
    Compression response_compression = Compression::identity;
    /// Whether the message that was read last came packed.
    bool read_compressed = false;
    /// Client side: attempts beyond the first.
    int retries = 0;
    /// Server side: who makes the call. Set by the policy that authenticates callers, in its `before`; unset: as the connection
    /// says.
    std::optional<Principal> principal{};
    /// Server side: when the call must have ended. A policy may set it in its `before`; a later one than the caller's has no
    /// effect.
    std::optional<Deadline> deadline{};
};

/// Within the handler of an RPC, and of what it calls: that call. Null elsewhere.
inline CallInfo* served(const CallContext& ctx) { return ctx.attached<CallInfo>(); }

}  // namespace tw::rpc
