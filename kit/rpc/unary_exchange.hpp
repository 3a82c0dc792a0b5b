#pragma once

#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <string>
#include <utility>
#include <vector>

/// The bytes of a unary gRPC call (grpc/doc/PROTOCOL-HTTP2.md), for callers that carry them by
/// other means than this library's server, such as a gateway. All functions are pure.
namespace tw::rpc {

/// Returns the bytes of `message`, uncompressed, with their prefix.
std::string frame_message(const Message& message);

/// Returns the fields that end a call, as they go over the wire: `grpc-status`, and for a failure
/// also `grpc-message` and `grpc-status-details-bin`. `domain` is the domain of the reason in the
/// details.
std::vector<std::pair<std::string, std::string>> status_fields(const Result<void>& outcome, std::string_view domain);

/// Returns `fields` as the last frame of gRPC-Web (grpc/doc/PROTOCOL-WEB.md): lines as in HTTP/1.1,
/// after a prefix that marks trailers.
std::string frame_trailers(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace tw::rpc
