#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"
#include "kit/rpc/method.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tw::gateway {

/// A variable of a route's path: its name and its percent-decoded value.
using PathVariable = std::pair<std::string_view, std::string>;

/// Reads the request message of `route` from body, query and path of `request`. A missing body
/// counts as an empty object.
///
/// Fails with INVALID_ARGUMENT. An error with reason INVALID_FIELD lists all bad fields as JSON
/// pointers. MALFORMED_JSON is for a body that is not JSON, or is missing although the contract
/// demands a field of it. BODY_TOO_LARGE is for a body that is too large, and
/// UNSUPPORTED_MEDIA_TYPE for one of another type. A message that is returned has not been checked
/// against the contract: its service does that.
Result<std::unique_ptr<rpc::Message>> read_request(const rpc::Route& route, const http::Request& request,
                                                   std::span<const PathVariable> variables);

/// Returns the version that a change expects: zero for any version, nothing if the message has no
/// such field.
std::optional<std::int64_t> expected_version(const rpc::Message& message);
/// Sets the version that a change expects. The message must have the field.
void set_expected_version(rpc::Message& message, std::int64_t version);

/// If the query has a "+" in a parameter that was refused, adds to the error what "+" means in a
/// query.
Error explain_plus(Error error, std::string_view query);

}  // namespace tw::gateway
