#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::gateway {

/// The form of a gRPC request at the edge, by its Content-Type: gRPC, which ends with trailers, or
/// gRPC-Web (grpc/doc/PROTOCOL-WEB.md), which ends with a frame in their place. gRPC-Web is binary
/// or base64 text.
enum class GrpcForm : std::uint8_t { grpc, web, web_text };

/// Returns the form of a request; nothing if it has none of them. Messages in JSON
/// ("application/grpc+json") are not supported.
std::optional<GrpcForm> grpc_form(const http::Request& request);

/// Returns the frames of a request's messages: a view into its body, or into `decoded`, which is
/// filled if the body is text. INVALID_ARGUMENT, MALFORMED_BODY, for text that is not base64.
Result<std::string_view> grpc_frames(const http::Request& request, GrpcForm form, std::string& decoded);

/// Makes the response to a request of that form and HTTP version. `frames` are the frames of the
/// answer's messages. Before HTTP/2 gRPC has no trailers, so its status is in the header
/// ("Trailers-Only" of grpc/doc/PROTOCOL-HTTP2.md). `error_domain` is the domain of an error's
/// reason (google.rpc.ErrorInfo).
http::Response write_grpc_response(GrpcForm form, http::Version version, std::string frames, const Result<void>& outcome,
                                   std::string_view error_domain);

}  // namespace tw::gateway
