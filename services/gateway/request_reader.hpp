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

/// The request message of `route`, from body, query and path of `request`. Without a body it is as an empty object.
///
/// INVALID_ARGUMENT with all bad fields as JSON pointers (reason INVALID_FIELD), for a body that is no JSON, or missing where the
/// contract demands something of it (MALFORMED_JSON), too large (BODY_TOO_LARGE) or of another type (UNSUPPORTED_MEDIA_TYPE). A
/// message without faults has not been checked against the contract: whoever serves it does that.
Result<std::unique_ptr<rpc::Message>> read_request(const rpc::Route& route, const http::Request& request,
                                                   std::span<const PathVariable> variables);

/// The version that a change expects; zero for any, nothing where the message has no such field.
std::optional<std::int64_t> expected_version(const rpc::Message& message);
/// Of a message that has the field.
void set_expected_version(rpc::Message& message, std::int64_t version);

/// Tells a client whose query has a "+" in a parameter that was refused what it stands for there.
Error explain_plus(Error error, std::string_view query);

}  // namespace tw::gateway
