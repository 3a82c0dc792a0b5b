#pragma once

#include "kit/telemetry/log.hpp"

#include <string>
#include <string_view>

namespace tw::telemetry {

/// One log event before it becomes text. It refers to data of the code that logs.
struct LogRecord {
    Timestamp when;
    Severity severity = Severity::info;
    std::string_view service_name;
    /// The trace context; null outside of a trace.
    const TraceContext* trace = nullptr;
    std::string_view event;
    Attributes attributes;
    std::string_view body;
};

/// Appends the record as one line, without its newline.
void append_log_line(std::string& out, const LogRecord& record, LogStyle style);

/// Chooses the style for an output: JSON for machines, readable lines for a terminal, in colour
/// unless NO_COLOR is set and not empty (no-color.org). `no_color` is the variable's value or null.
LogStyle choose_log_style(bool terminal, const char* no_color);

}  // namespace tw::telemetry
