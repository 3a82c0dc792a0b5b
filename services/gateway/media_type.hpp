#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstdint>
#include <string_view>

namespace tw::gateway {

/// What a body in JSON means: the fields themselves, or a change of them (RFC 7396), in which null removes.
enum class JsonForm : std::uint8_t { json, merge_patch };

/// The form of a request's body by its Content-Type: application/json, and with PATCH application/merge-patch+json, both in
/// UTF-8 where they name a charset. INVALID_ARGUMENT, reason UNSUPPORTED_MEDIA_TYPE, for others and for a Content-Encoding.
Result<JsonForm> json_form(const http::Request& request);

/// Tells the client of `response` which bodies `method` takes: Accept-Post (W3C LDP §7.1) or Accept-Patch (RFC 5789 §3.1), and
/// with 415 Accept and Accept-Encoding (RFC 9110 §12.5.1, §12.5.3). Adds nothing for methods without a body.
void tell_accepted(std::string_view method, http::Response& response);

}  // namespace tw::gateway
