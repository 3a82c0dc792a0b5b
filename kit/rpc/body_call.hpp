#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"
#include "kit/rpc/call_info.hpp"
#include "kit/rpc/service_table.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// gRPC calls whose requests arrive together and whose responses leave together, as the body of an
/// HTTP request and of its response. gRPC-Web is made of such calls.
namespace tw::rpc {

/// What a caller sent. The views stay valid until the call has ended.
struct BodyCall {
    /// The frames of the requests, or why the body cannot be read as frames.
    Result<std::string_view> frames;
    /// `grpc-encoding`; empty if it is absent.
    std::string_view encoding{};
    /// `grpc-timeout`.
    std::optional<std::string_view> timeout{};
    Metadata metadata{};
};

struct BodyCallLimits {
    /// The size of one request, compressed or not, in bytes. More than 0.
    std::size_t message_bytes_max;
    /// The size of all responses of a streaming method together, in bytes. They are kept until the
    /// call has ended. More than 0.
    std::size_t responses_bytes_max;
};

struct BodyAnswer {
    Result<void> outcome;
    /// The frames of the responses; empty if the call failed.
    std::string frames{};
    Metadata initial_metadata{};
    Metadata trailing_metadata{};
};

/// Serves a call of `entry`, which is from a ServiceTable, as a gRPC port serves it: with its
/// server span and its policies, which are asked before the requests are read. It ends at `ctx`'s
/// deadline or at that of `timeout`, whichever is sooner. Never fails: errors are the outcome,
/// without their cause. A unary method has exactly one request (UNIMPLEMENTED, MESSAGE_COUNT). A
/// method that waits for further requests gets the end of the requests instead. Referents outlive
/// the call.
Task<BodyAnswer> serve_body(const ServiceTable::Entry& entry, const CallContext& ctx, BodyCall call, BodyCallLimits limits);

}  // namespace tw::rpc
