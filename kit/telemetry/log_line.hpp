#pragma once

#include "kit/telemetry/log.hpp"

#include <string>
#include <string_view>

namespace tw::telemetry {

/// One log event before it is text. Refers to what its writer holds.
struct LogRecord {
    Timestamp when;
    Severity severity = Severity::info;
    std::string_view service_name;
    /// Null outside of a trace.
    const TraceContext* trace = nullptr;
    std::string_view event;
    Attributes attributes;
    std::string_view body;
};

/// Appends the record as one line, without its newline.
void append_log_line(std::string& out, const LogRecord& record, LogStyle style);

/// The style for an output: JSON for machines; on a terminal readable lines, in colour unless NO_COLOR is set to something
/// (no-color.org). `no_color` is the variable's value or null.
LogStyle choose_log_style(bool terminal, const char* no_color);

}  // namespace tw::telemetry
