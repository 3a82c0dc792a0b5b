#pragma once

#include "kit/base/error.hpp"

#include <string>
#include <string_view>

namespace tw::rpc {

/// Returns the bytes of `grpc-status-details-bin`: a google.rpc.Status with ErrorInfo (reason,
/// `domain`), BadRequest (one entry for each violation, whose field is the JSON pointer) and
/// RetryInfo. They are cut so that they fit in a header. They never contain the cause.
std::string encode_details(const Error& error, std::string_view domain);

/// Returns the text of `grpc-message`: the error's detail, cut so that it fits in a header. It is a
/// view into `error`.
std::string_view status_message(const Error& error);

/// Returns the Error that `grpc-status`, the decoded `grpc-message` and the bytes of the details
/// describe. Details that cannot be read are ignored. If the details give no reason, the reason is
/// the name of the code. UNAVAILABLE and RESOURCE_EXHAUSTED leave the outcome open if their domain
/// is not `own_domain`.
Error decode_error(Code code, std::string message, std::string_view details, std::string_view own_domain);

}  // namespace tw::rpc
