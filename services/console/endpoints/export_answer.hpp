#pragma once

#include "kit/base/error.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/archive.hpp"

#include <string>

/// Answers to export requests of OTLP.
namespace tw::console {

/// The answer in protobuf's form: empty, or with a partial success if something was refused. It has
/// one form for all signals.
std::string export_answer(const Accepted& accepted);
std::string export_answer_json(telemetry::Signal signal, const Accepted& accepted);

/// The error as google.rpc.Status, in protobuf's form and in JSON.
std::string status_bytes(const Error& error);
std::string status_json(const Error& error);

}  // namespace tw::console
