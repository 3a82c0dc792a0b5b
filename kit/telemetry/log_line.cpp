#include "kit/telemetry/log_line.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"

#include <charconv>
#include <span>

namespace tw::telemetry {
namespace {

void append_integer(std::string& out, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    const auto at = out.size();
    out.resize(at + bytes.size() * 2);
    write_hex(bytes, out.data() + at);
}

/// Appends values to a line. Strings are quoted in JSON. On a terminal they are bare if they hold
/// nothing that would confuse a reader.
struct ValueWriter {
    std::string& out;
    bool bare;

    void operator()(std::string_view text) const {
        if (bare && !text.empty() && text.find_first_of(" =\"") == std::string_view::npos) {
            append_json_escaped(out, text);
        } else {
            append_json_string(out, text);
        }
    }
    void operator()(bool flag) const { out += flag ? "true" : "false"; }
    void operator()(std::int64_t number) const { append_integer(out, number); }
    void operator()(double number) const { append_json_number(out, number); }
};

void append_json_line(std::string& out, const LogRecord& record) {
    out += R"({"timestamp":")";
    out += record.when.to_string();
    out += R"(","severity_text":")";
    out += severity_name(record.severity);
    out += R"(","severity_number":)";
    append_integer(out, static_cast<std::int64_t>(record.severity));
    out += R"(,"body":)";
    append_json_string(out, record.body);
    out += R"(,"event_name":)";
    append_json_string(out, record.event);
    out += R"(,"service.name":)";
    append_json_string(out, record.service_name);
    if (record.trace != nullptr && record.trace->valid()) {
        out += R"(,"trace_id":")";
        append_hex(out, record.trace->trace_id);
        out += R"(","span_id":")";
        append_hex(out, record.trace->span_id);
        out += R"(","trace_flags":")";
        append_hex(out, {&record.trace->flags, 1});
        out += '"';
    }
    out += R"(,"attributes":{)";
    for (const auto& attribute : record.attributes) {
        append_json_name(out, attribute.key);
        std::visit(ValueWriter{out, false}, attribute.value.get());
    }
    out += "}}";
}

/// Returns the SGR parameters of a severity's colour (ECMA-48 §8.3.117).
std::string_view colour_of(Severity severity) {
    if (severity >= Severity::error) return "31";
    if (severity >= Severity::warn) return "33";
    if (severity >= Severity::info) return "32";
    return "90";
}

struct Painter {
    std::string& out;
    bool coloured;

    void paint(std::string_view colour, std::string_view text) const {
        if (coloured) out.append("\x1B[").append(colour).append("m");
        out += text;
        if (coloured) out += "\x1B[0m";
    }
};

void append_readable_line(std::string& out, const LogRecord& record, bool coloured) {
    constexpr std::string_view kBlanks = "               ";
    const Painter painter{out, coloured};
    painter.paint("90", std::string_view{record.when.to_string()}.substr(11, 12));
    out += ' ';
    const auto name = severity_name(record.severity);
    painter.paint(colour_of(record.severity), name);
    out += kBlanks.substr(0, 6 - name.size());
    painter.paint("36", record.service_name);
    if (record.service_name.size() < kBlanks.size()) out += kBlanks.substr(record.service_name.size());
    out += ' ';
    painter.paint("1", record.event);
    if (!record.body.empty()) {
        out += "  ";
        append_json_escaped(out, record.body);
    }
    for (const auto& attribute : record.attributes) {
        out += ' ';
        painter.paint("90", attribute.key);
        out += '=';
        std::visit(ValueWriter{out, true}, attribute.value.get());
    }
    if (record.trace != nullptr && record.trace->valid()) {
        std::string id;
        append_hex(id, record.trace->trace_id);
        out += ' ';
        painter.paint("90", "trace_id=" + id);
    }
}

}  // namespace

void append_log_line(std::string& out, const LogRecord& record, LogStyle style) {
    if (style == LogStyle::json) {
        append_json_line(out, record);
    } else {
        append_readable_line(out, record, style == LogStyle::coloured);
    }
}

LogStyle choose_log_style(bool terminal, const char* no_color) {
    if (!terminal) return LogStyle::json;
    return no_color != nullptr && *no_color != '\0' ? LogStyle::plain : LogStyle::coloured;
}

}  // namespace tw::telemetry
