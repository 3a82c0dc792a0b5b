#pragma once

#include "kit/base/result.hpp"
#include "kit/rpc/method.hpp"

#include <string>
#include <utility>
#include <vector>

/// The bytes of a unary gRPC call (grpc/doc/PROTOCOL-HTTP2.md) for whoever carries them by other means than this library's
/// server, such as a gateway. Pure functions.
namespace tw::rpc {

/// `message` with its prefix.
std::string frame_message(const Message& message);

/// The fields that end a call: `grpc-status`, and for a failure `grpc-message` and `grpc-status-details-bin`, as they go over the
/// wire.
std::vector<std::pair<std::string, std::string>> status_fields(const Result<void>& outcome, std::string_view domain);

/// The same as gRPC-Web's last frame (grpc/doc/PROTOCOL-WEB.md): fields of HTTP/1.1 behind a prefix that says so.
std::string frame_trailers(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace tw::rpc
