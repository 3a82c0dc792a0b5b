#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"
#include "kit/rpc/method.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::gateway {

/// How a request at the edge speaks gRPC, by its Content-Type: as such, with trailers after the answer, or as gRPC-Web
/// (grpc/doc/PROTOCOL-WEB.md), with a last frame in their place, in binary or as base64 text.
enum class GrpcForm : std::uint8_t { grpc, web, web_text };

/// Nothing where it speaks none of them. Messages in JSON ("application/grpc+json") are none.
std::optional<GrpcForm> grpc_form(const http::Request& request);

/// The frames of a request's messages. INVALID_ARGUMENT, MALFORMED_BODY, for text that is no base64.
Result<std::string> read_grpc_frames(const http::Request& request, GrpcForm form);
/// The serialised message of a unary call, which may be compressed and has at most `message_bytes_max` then, too. Errors are
/// gRPC's own: UNIMPLEMENTED, RESOURCE_EXHAUSTED, INVALID_ARGUMENT.
Result<std::string> read_grpc_message(const http::Request& request, GrpcForm form, std::size_t message_bytes_max);

/// The answer in that form to a request by that version of HTTP; `frames` are those of its messages. Where gRPC's trailers cannot
/// go, which is before HTTP/2, its status goes with the header ("Trailers-Only" of grpc/doc/PROTOCOL-HTTP2.md).
http::Response write_grpc_response(GrpcForm form, http::Version version, std::string frames, const Result<void>& outcome,
                                   std::string_view error_domain);

}  // namespace tw::gateway
