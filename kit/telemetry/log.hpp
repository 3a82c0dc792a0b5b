#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/repeat_limit.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The numbers are OTLP's severity numbers.
enum class Severity : std::uint8_t { trace = 1, debug = 5, info = 9, warn = 13, error = 17, fatal = 21, off = 25 };

/// Returns the name of a severity, such as "INFO".
std::string_view severity_name(Severity severity);
/// Reads the names of LOG_LEVEL, in any case: those of severity_name, and those of other tools
/// ("warning", "critical", "none").
std::optional<Severity> parse_severity(std::string_view name);

/// The form of a log line: one JSON object, or readable text for a terminal.
enum class LogStyle : std::uint8_t { json, plain, coloured };

/// The destination of finished log lines. Thread-safe; must not block.
class LogSink {
 public:
    virtual ~LogSink() = default;
    /// The form that the lines must have. It never changes.
    virtual LogStyle style() const { return LogStyle::json; }
    /// Takes a line without its newline: one JSON object or, on a terminal, one readable line.
    virtual void write(std::string_view line) = 0;
};

struct LogRecord;  // kit/telemetry/log_line.hpp

/// Receives log records in addition to the sink, such as the exporter's recorder. Thread-safe; must
/// not block, and must not log.
class LogRecorder {
 public:
    virtual ~LogRecorder() = default;
    /// Takes a record, which is valid during the call only.
    virtual void record(const LogRecord& record) = 0;
};

/// Writes the structured log of one module. A record has an event name (a constant,
/// "order.created"), attributes for machines, and a body. The body is one readable line for people,
/// and all that many log viewers show. A call is cheap when the level is off. Thread-safe.
///
/// Each line is one JSON object: timestamp, severity_text, severity_number, body, event_name,
/// service.name, trace_id, span_id, trace_flags (those three only within a trace), attributes.
///
/// Warnings and errors, and records of `limited`, are limited in their number (RepeatLimit). The
/// event log.repeated says how many were left out.
class Logger {
 public:
    static constexpr std::uint32_t kRepeatsMax = 10;

    /// `recorder` gets every record that becomes a line. It is null if there is no other receiver.
    Logger(std::string service_name, const Clock& clock, LogSink& sink, std::shared_ptr<std::atomic<Severity>> level,
           LogRecorder* recorder = nullptr, std::uint32_t repeats_max = kRepeatsMax);

    /// Returns a logger to the same log, with the same limits, and another recorder, such as that
    /// of one loop.
    Logger recorded_by(LogRecorder* recorder) const {
        auto copy = *this;
        copy.recorder_ = recorder;
        return copy;
    }

    bool enabled(Severity severity) const { return severity >= level_->load(std::memory_order_relaxed); }

    void debug(const CallContext& ctx, std::string_view event, Attributes attributes, std::string_view body) const {
        if (enabled(Severity::debug)) write(Severity::debug, &ctx.trace(), event, attributes, body);
    }
    void info(const CallContext& ctx, std::string_view event, Attributes attributes, std::string_view body) const {
        if (enabled(Severity::info)) write(Severity::info, &ctx.trace(), event, attributes, body);
    }
    void warn(const CallContext& ctx, std::string_view event, Attributes attributes, std::string_view body) const {
        if (enabled(Severity::warn)) write_limited(Severity::warn, &ctx.trace(), event, attributes, body);
    }
    void error(const CallContext& ctx, std::string_view event, Attributes attributes, std::string_view body) const {
        if (enabled(Severity::error)) write_limited(Severity::error, &ctx.trace(), event, attributes, body);
    }
    /// Logs a record that belongs to no call: start, stop, configuration.
    void log(Severity severity, std::string_view event, Attributes attributes, std::string_view body) const {
        if (severity >= Severity::warn) return limited(severity, event, attributes, body);
        if (enabled(severity)) write(severity, nullptr, event, attributes, body);
    }
    /// Logs a record that others can cause as often as they like, such as one about a malformed
    /// request. It is limited whatever its severity.
    void limited(Severity severity, std::string_view event, Attributes attributes, std::string_view body) const {
        if (enabled(severity)) write_limited(severity, nullptr, event, attributes, body);
    }

    /// Writes a log.repeated for each kind of record of which some were left out in a window that
    /// has ended. With `all` it also includes windows that have not ended. Call it every few
    /// seconds, and at the end with `all`.
    void report_left_out(bool all = false) const;
    /// The number of records left out so far.
    std::uint64_t left_out() const { return repeats_->left_out(); }

 private:
    void write(Severity severity, const TraceContext* trace, std::string_view event, Attributes attributes,
               std::string_view body) const;
    void write_limited(Severity severity, const TraceContext* trace, std::string_view event, Attributes attributes,
                       std::string_view body) const;

    std::string service_name_;
    const Clock* clock_;
    LogSink* sink_;
    std::shared_ptr<std::atomic<Severity>> level_;
    LogRecorder* recorder_;
    std::shared_ptr<RepeatLimit> repeats_;
};

}  // namespace tw::telemetry
