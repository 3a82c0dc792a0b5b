#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

#include <cstdint>
#include <string_view>

namespace tw::gateway {

/// The meaning of a body in JSON: the fields themselves, or a change of them (RFC 7396) in which
/// null removes a field.
enum class JsonForm : std::uint8_t { json, merge_patch };

/// Returns the form of a request's body by its Content-Type: application/json, and with PATCH also
/// application/merge-patch+json. A charset, if there is one, must be UTF-8. Fails with
/// INVALID_ARGUMENT, reason UNSUPPORTED_MEDIA_TYPE, for other types and for a Content-Encoding.
Result<JsonForm> json_form(const http::Request& request);

/// Returns whether the client accepts text/event-stream, by the most specific media range of its
/// Accept (RFC 9110 §12.5.1). A request without Accept accepts everything.
bool accepts_events(const http::Request& request);

/// Adds header fields that tell the client which bodies `method` takes: Accept-Post (W3C LDP §7.1)
/// or Accept-Patch (RFC 5789 §3.1), and with status 415 also Accept and Accept-Encoding (RFC 9110
/// §12.5.1, §12.5.3). Adds nothing for methods without a body.
void tell_accepted(std::string_view method, http::Response& response);

}  // namespace tw::gateway
