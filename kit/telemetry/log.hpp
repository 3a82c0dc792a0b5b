#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/telemetry/attribute.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The numbers are OTLP's severity numbers.
enum class Severity : std::uint8_t { trace = 1, debug = 5, info = 9, warn = 13, error = 17, fatal = 21, off = 25 };

/// "INFO"; the names of LOG_LEVEL in lower case.
std::string_view severity_name(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);

/// How a log line looks: one JSON object, or readable text for a terminal.
enum class LogStyle : std::uint8_t { json, plain, coloured };

/// Where finished log lines go. Thread-safe; must not block.
class LogSink {
 public:
    virtual ~LogSink() = default;
    /// What the lines are to look like; stays the same.
    virtual LogStyle style() const { return LogStyle::json; }
    /// `line` is one JSON object (or, on a terminal, one readable line) without its newline.
    virtual void write(std::string_view line) = 0;
};

struct LogRecord;  // kit/telemetry/log_line.hpp

/// Receives log records beside the lines, such as the exporter's recorder. Thread-safe; must not block, and must not log.
class LogRecorder {
 public:
    virtual ~LogRecorder() = default;
    /// `record` refers to what lasts for the call only.
    virtual void record(const LogRecord& record) = 0;
};

/// Writes the structured log of one module: an event name (a constant, "order.created") with attributes; message text is
/// for people and optional. Cheap when the level is off. Thread-safe.
///
/// One JSON object a line: timestamp, severity_text, severity_number, body, event_name, service.name, trace_id, span_id,
/// trace_flags (those three within a trace only), attributes.
class Logger {
 public:
    /// `recorder` gets every record that becomes a line; null where nobody else wants them.
    Logger(std::string service_name, const Clock& clock, LogSink& sink, std::shared_ptr<std::atomic<Severity>> level,
           LogRecorder* recorder = nullptr);

    /// The same log with another recorder, such as that of one loop.
    Logger recorded_by(LogRecorder* recorder) const {
        auto copy = *this;
        copy.recorder_ = recorder;
        return copy;
    }

    bool enabled(Severity severity) const { return severity >= level_->load(std::memory_order_relaxed); }

    void debug(const CallContext& ctx, std::string_view event, Attributes attributes = {}, std::string_view body = {}) const {
        if (enabled(Severity::debug)) write(Severity::debug, &ctx.trace(), event, attributes, body);
    }
    void info(const CallContext& ctx, std::string_view event, Attributes attributes = {}, std::string_view body = {}) const {
        if (enabled(Severity::info)) write(Severity::info, &ctx.trace(), event, attributes, body);
    }
    void warn(const CallContext& ctx, std::string_view event, Attributes attributes = {}, std::string_view body = {}) const {
        if (enabled(Severity::warn)) write(Severity::warn, &ctx.trace(), event, attributes, body);
    }
    void error(const CallContext& ctx, std::string_view event, Attributes attributes = {}, std::string_view body = {}) const {
        if (enabled(Severity::error)) write(Severity::error, &ctx.trace(), event, attributes, body);
    }
    /// For what belongs to no call: start, stop, configuration.
    void log(Severity severity, std::string_view event, Attributes attributes = {}, std::string_view body = {}) const {
        if (enabled(severity)) write(severity, nullptr, event, attributes, body);
    }

 private:
    void write(Severity severity, const TraceContext* trace, std::string_view event, Attributes attributes,
               std::string_view body) const;

    std::string service_name_;
    const Clock* clock_;
    LogSink* sink_;
    std::shared_ptr<std::atomic<Severity>> level_;
    LogRecorder* recorder_;
};

}  // namespace tw::telemetry
