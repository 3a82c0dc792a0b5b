#pragma once

#include "kit/otlp/transport.hpp"
#include "kit/telemetry/resource.hpp"

#include <optional>
#include <string>
#include <string_view>

/// OTLP's JSON form (OTLP specification, "JSON Protobuf Encoding"): protobuf's, but with trace and span ids in hexadecimal and
/// enumerations as numbers.
namespace tw::otlp {

/// An encoded export request of `signal` as one line of JSON, or indented; empty where `request` is none.
std::string to_json(telemetry::Signal signal, std::string_view request, bool indented = false);

/// As decode_export_response, for an answer in JSON.
std::optional<SendOutcome> decode_json_response(telemetry::Signal signal, std::string_view response);

}  // namespace tw::otlp
