#include "kit/telemetry/log.hpp"

#include "kit/telemetry/log_line.hpp"

#include <array>
#include <utility>

namespace tw::telemetry {
namespace {

struct Name {
    Severity severity;
    std::string_view upper;
    std::string_view lower;
};

constexpr std::array kNames{Name{Severity::trace, "TRACE", "trace"}, Name{Severity::debug, "DEBUG", "debug"},
                            Name{Severity::info, "INFO", "info"},    Name{Severity::warn, "WARN", "warn"},
                            Name{Severity::error, "ERROR", "error"}, Name{Severity::fatal, "FATAL", "fatal"},
                            Name{Severity::off, "OFF", "off"}};

/// Longer than nearly every line, so that one allocation suffices.
constexpr std::size_t kLineBytes = 512;

}  // namespace

std::string_view severity_name(Severity severity) {
    for (const auto& name : kNames) {
        if (name.severity == severity) return name.upper;
    }
    return "INFO";
}

std::optional<Severity> parse_severity(std::string_view text) {
    for (const auto& name : kNames) {
        if (name.lower == text) return name.severity;
    }
    return std::nullopt;
}

Logger::Logger(std::string service_name, const Clock& clock, LogSink& sink, std::shared_ptr<std::atomic<Severity>> level,
               LogRecorder* recorder)
    : service_name_{std::move(service_name)}, clock_{&clock}, sink_{&sink}, level_{std::move(level)}, recorder_{recorder} {}

void Logger::write(Severity severity, const TraceContext* trace, std::string_view event, Attributes attributes,
                   std::string_view body) const {
    std::string line;
    line.reserve(kLineBytes);
    const LogRecord record{clock_->now(), severity, service_name_, trace, event, attributes, body};
    append_log_line(line, record, sink_->style());
    sink_->write(line);
    if (recorder_ != nullptr) recorder_->record(record);
}

}  // namespace tw::telemetry
