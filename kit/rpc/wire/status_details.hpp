#pragma once

#include "kit/base/error.hpp"

#include <string>
#include <string_view>

namespace tw::rpc {

/// What stands in `grpc-status-details-bin`: a google.rpc.Status with ErrorInfo (reason, `domain`), BadRequest (one
/// entry a violation; its field is the JSON pointer) and RetryInfo. Bytes, as few as fit a header; never the cause.
std::string encode_details(const Error& error, std::string_view domain);

/// What becomes `grpc-message`: the error's detail, as much of it as fits a header.
std::string_view status_message(const Error& error);

/// The Error that `grpc-status`, the decoded `grpc-message` and the bytes of the details stand for. Details that cannot be
/// read are passed over; without a reason in them the reason is the code's name. UNAVAILABLE and RESOURCE_EXHAUSTED with another
/// domain than `own_domain` leave the outcome open.
Error decode_error(Code code, std::string message, std::string_view details, std::string_view own_domain);

}  // namespace tw::rpc
