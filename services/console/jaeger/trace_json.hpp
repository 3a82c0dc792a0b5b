#pragma once

#include "services/console/record.hpp"

#include <span>
#include <string>

namespace tw::console {

/// Appends a trace in Jaeger's JSON, as Jaeger itself converts OTLP. `trace` has at least one span.
void append_trace_json(std::string& out, std::span<const SpanRecord> trace);

}  // namespace tw::console
