#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"
#include "kit/rpc/method.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tw::gateway {

/// A variable of a route's path: its name and its percent-decoded value.
using PathVariable = std::pair<std::string_view, std::string>;

/// The request message of `route`, from body, query, path and If-Match of `request`.
///
/// INVALID_ARGUMENT with all bad fields as JSON pointers (reason INVALID_FIELD), for a body that is no JSON (MALFORMED_JSON), too
/// large (BODY_TOO_LARGE) or of another type (UNSUPPORTED_MEDIA_TYPE); ABORTED (VERSION_MISMATCH) for an If-Match that no
/// version can match. A message without faults has not been checked against the contract: whoever serves it does that.
Result<std::unique_ptr<rpc::Message>> read_request(const rpc::Route& route, const http::Request& request,
                                                   std::span<const PathVariable> variables);

}  // namespace tw::gateway
