#include "kit/telemetry/log.hpp"

#include "kit/base/encoding.hpp"
#include "kit/telemetry/log_line.hpp"

#include <array>
#include <utility>

namespace tw::telemetry {
namespace {

struct Name {
    Severity severity;
    std::string_view text;
};

/// The names of the severities. The first name of a severity is the one that is printed. The others
/// are those of syslog, Python, Java and the OpenTelemetry specification, which people also write.
constexpr std::array kNames{Name{Severity::trace, "TRACE"}, Name{Severity::debug, "DEBUG"},    Name{Severity::info, "INFO"},
                            Name{Severity::warn, "WARN"},   Name{Severity::error, "ERROR"},    Name{Severity::fatal, "FATAL"},
                            Name{Severity::off, "OFF"},     Name{Severity::info, "NOTICE"},    Name{Severity::warn, "WARNING"},
                            Name{Severity::error, "ERR"},   Name{Severity::fatal, "CRITICAL"}, Name{Severity::off, "NONE"}};

/// Records without an error.type are of the same kind if they have the same body. The body then
/// stands in place of the error.type, after this character.
constexpr char kBodyMark = '\n';

/// Longer than nearly every line, so that one allocation is enough.
constexpr std::size_t kLineBytes = 512;

}  // namespace

std::string_view severity_name(Severity severity) {
    for (const auto& name : kNames) {
        if (name.severity == severity) return name.text;
    }
    return "INFO";
}

std::optional<Severity> parse_severity(std::string_view text) {
    const auto lower = ascii_lower(text);
    for (const auto& name : kNames) {
        if (ascii_lower(name.text) == lower) return name.severity;
    }
    return std::nullopt;
}

Logger::Logger(std::string service_name, const Clock& clock, LogSink& sink, std::shared_ptr<std::atomic<Severity>> level,
               LogRecorder* recorder, std::uint32_t repeats_max)
    : service_name_{std::move(service_name)},
      clock_{&clock},
      sink_{&sink},
      level_{std::move(level)},
      recorder_{recorder},
      repeats_{std::make_shared<RepeatLimit>(repeats_max)} {}

void Logger::report_left_out(bool all) const {
    for (const auto& left : repeats_->take_left_out(clock_->steady_now(), all)) {
        auto body = left.event + " was left out " + std::to_string(left.count) + (left.count == 1 ? " time" : " times");
        if (left.error_type.starts_with(kBodyMark)) body += ": " + left.error_type.substr(1);
        if (left.error_type.empty() || left.error_type.starts_with(kBodyMark)) {
            write(left.severity, nullptr, "log.repeated", {{"tw.log.event", left.event}, {"tw.log.left_out", left.count}}, body);
        } else {
            write(left.severity, nullptr, "log.repeated",
                  {{"tw.log.event", left.event}, {"error.type", left.error_type}, {"tw.log.left_out", left.count}}, body);
        }
    }
}

void Logger::write_limited(Severity severity, const TraceContext* trace, std::string_view event, Attributes attributes,
                           std::string_view body) const {
    std::string_view error_type;
    for (const auto& attribute : attributes) {
        const auto* const text = std::get_if<std::string_view>(&attribute.value.get());
        if (attribute.key == "error.type" && text != nullptr) error_type = *text;
    }
    std::string same_body;
    if (error_type.empty()) {
        same_body.append(1, kBodyMark).append(body);
        error_type = same_body;
    }
    if (repeats_->admit(event, error_type, severity, clock_->steady_now())) write(severity, trace, event, attributes, body);
}

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
