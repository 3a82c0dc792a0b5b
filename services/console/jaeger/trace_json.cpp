#include "services/console/jaeger/trace_json.hpp"

#include "kit/base/json_text.hpp"
#include "services/console/query.hpp"
#include "services/console/views/span_texts.hpp"
#include "services/console/views/times.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

namespace tw::console {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view text) {
    append_json_string(out, name);
    out += ':';
    append_json_string(out, text);
}

/// JavaScript would round integers from 2^53 on, so that Jaeger writes them as text.
void append_integer(std::string& out, std::int64_t number) {
    const bool exact = number <= kExactMax && number >= -kExactMax;
    out += exact ? fmt::to_string(number) : fmt::format("\"{}\"", number);
}

void append_value(std::string& out, const Attribute& attribute) {
    switch (attribute.type) {
        case ValueType::integer:
            return append_integer(out, std::get<std::int64_t>(attribute.value));
        case ValueType::number:
            return append_json_number(out, std::get<double>(attribute.value));
        case ValueType::boolean:
            out += std::get<bool>(attribute.value) ? "true" : "false";
            return;
        case ValueType::bytes: {
            auto text = value_text(attribute);
            while (text.size() % 4 != 0) text += '=';
            return append_json_string(out, text);
        }
        default:
            append_json_string(out, value_text(attribute));
    }
}

std::string_view jaeger_type(ValueType type) {
    switch (type) {
        case ValueType::integer:
            return "int64";
        case ValueType::number:
            return "float64";
        case ValueType::boolean:
            return "bool";
        case ValueType::bytes:
            return "binary";
        default:
            return "string";
    }
}

/// Writes a list of tags.
class TagList {
 public:
    explicit TagList(std::string& out) : out_{out} { out_ += '['; }

    void add(const Attribute& attribute) {
        if (out_.back() != '[') out_ += ',';
        out_ += '{';
        append_member(out_, "key", attribute.key);
        out_ += ',';
        append_member(out_, "type", jaeger_type(attribute.type));
        out_ += ",\"value\":";
        append_value(out_, attribute);
        out_ += '}';
    }
    void add_text(std::string_view key, std::string_view text) {
        if (!text.empty()) add({.key = key, .value = text, .type = ValueType::string});
    }
    void end() { out_ += ']'; }

 private:
    std::string& out_;
};

/// What Jaeger keeps apart from attributes becomes tags, named by OpenTelemetry's rules for formats
/// that are not OTLP.
void append_span_tags(std::string& out, const SpanRecord& span) {
    TagList tags{out};
    if (span.source != nullptr) {
        tags.add_text("otel.scope.name", span.source->scope_name);
        tags.add_text("otel.scope.version", span.source->scope_version);
    }
    for (const auto& attribute : span.attributes) tags.add(attribute);
    tags.add_text("span.kind", kind_of(span));
    if (span.status == 1) tags.add_text("otel.status_code", "OK");
    if (span.status == kStatusOfError) {
        tags.add_text("otel.status_code", "ERROR");
        tags.add({.key = "error", .value = true, .type = ValueType::boolean});
    }
    tags.add_text("otel.status_description", span.status_message);
    tags.add_text("w3c.tracestate", span.trace_state);
    tags.end();
}

void append_reference(std::string& out, std::string_view type, const TraceId& trace, const SpanId& span) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_member(out, "refType", type);
    out += ',';
    append_member(out, "traceID", id_text(trace));
    out += ',';
    append_member(out, "spanID", id_text(span));
    out += '}';
}

void append_references(std::string& out, const SpanRecord& span) {
    out += '[';
    if (span.has_parent()) append_reference(out, "CHILD_OF", span.trace_id, span.parent_span_id);
    for (const auto& link : span.links) append_reference(out, "FOLLOWS_FROM", link.trace_id, link.span_id);
    out += ']';
}

void append_logs(std::string& out, const SpanRecord& span) {
    out += '[';
    for (const auto& event : span.events) {
        if (out.back() != '[') out += ',';
        out += fmt::format("{{\"timestamp\":{},\"fields\":", micros_of(event.time_ns));
        TagList fields{out};
        fields.add_text("event", event.name);
        for (const auto& attribute : event.attributes) fields.add(attribute);
        fields.end();
        out += '}';
    }
    out += ']';
}

/// The senders of a trace. Equal ones have one number.
class ProcessTable {
 public:
    std::size_t number_of(const Source* source) {
        auto text = json_of(source);
        const auto place = std::ranges::find(processes_, text) - processes_.begin();
        if (static_cast<std::size_t>(place) == processes_.size()) processes_.push_back(std::move(text));
        return static_cast<std::size_t>(place) + 1;
    }

    void append(std::string& out) const {
        out += '{';
        for (std::size_t i = 0; i < processes_.size(); ++i) {
            out += fmt::format("{}\"p{}\":{}", i == 0 ? "" : ",", i + 1, processes_[i]);
        }
        out += '}';
    }

 private:
    static std::string json_of(const Source* source) {
        std::string out = "{";
        append_member(out, "serviceName", source == nullptr ? "unknown_service" : source->service);
        out += ",\"tags\":";
        TagList tags{out};
        if (source != nullptr) {
            for (const auto& attribute : source->resource) {
                if (attribute.key != "service.name") tags.add(attribute);
            }
        }
        tags.end();
        return out + '}';
    }

    std::vector<std::string> processes_;
};

void append_span(std::string& out, const SpanRecord& span, std::size_t process) {
    out += '{';
    append_member(out, "traceID", id_text(span.trace_id));
    out += ',';
    append_member(out, "spanID", id_text(span.span_id));
    out += ',';
    append_member(out, "operationName", span.name);
    out += ",\"references\":";
    append_references(out, span);
    out += fmt::format(",\"startTime\":{},\"duration\":{},\"tags\":", micros_of(span.start_ns),
                       elapsed_ns(span.start_ns, span.end_ns) / 1000);
    append_span_tags(out, span);
    out += ",\"logs\":";
    append_logs(out, span);
    out += fmt::format(",\"processID\":\"p{}\",\"warnings\":null}}", process);
}

}  // namespace

void append_trace_json(std::string& out, std::span<const SpanRecord> trace) {
    ProcessTable processes;
    // Spans of one sender share its source, and a trace has few of them.
    std::map<const Source*, std::size_t> numbers;
    out += '{';
    append_member(out, "traceID", id_text(trace.front().trace_id));
    out += ",\"spans\":[";
    for (const auto& span : trace) {
        const auto [number, added] = numbers.try_emplace(span.source, 0);
        if (added) number->second = processes.number_of(span.source);
        if (out.back() != '[') out += ',';
        append_span(out, span, number->second);
    }
    out += "],\"processes\":";
    processes.append(out);
    out += ",\"warnings\":null}";
}

}  // namespace tw::console
