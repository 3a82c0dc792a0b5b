#pragma once

#include "services/console/archive/batch.hpp"

#include <string_view>

namespace tw::console {

/// How the reading of a record ended.
enum class Reading : std::uint8_t {
    good,
    malformed,
    /// An id has a wrong length, or is zero where it must not be.
    bad_trace_id,
    bad_span_id,
    bad_parent_id,
};

/// Reads a Span (opentelemetry/proto/trace/v1/trace.proto). With `brief`, what Batch::brief leaves
/// out is only checked.
Reading read_span(std::string_view message, Texts& texts, SpanRecord& span, bool brief = false);
/// Reads a LogRecord (opentelemetry/proto/logs/v1/logs.proto).
Reading read_log(std::string_view message, Texts& texts, LogEntry& log);

}  // namespace tw::console
