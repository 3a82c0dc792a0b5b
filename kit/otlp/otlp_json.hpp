#pragma once

#include "kit/otlp/transport/transport.hpp"
#include "kit/telemetry/resource.hpp"

#include <optional>
#include <string>
#include <string_view>

/// OTLP's JSON form (OTLP specification, "JSON Protobuf Encoding"). It is protobuf's, but has trace
/// and span ids in hexadecimal and enumerations as numbers.
namespace tw::otlp {

/// Converts an encoded export request of `signal` to JSON, on one line or indented. The result is
/// empty if `request` is none.
std::string to_json(telemetry::Signal signal, std::string_view request, bool indented = false);

/// Converts an export request of `signal` from JSON to its protobuf form. Fields that are not known
/// are left out. An id that is not hexadecimal becomes empty. Returns nothing if `json` is no such
/// request.
std::optional<std::string> from_json(telemetry::Signal signal, std::string_view json);

/// Decodes an answer in JSON, like decode_export_response.
std::optional<SendOutcome> decode_json_response(telemetry::Signal signal, std::string_view response);

}  // namespace tw::otlp
