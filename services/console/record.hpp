#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tw::console {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

/// What an attribute's value was in OTLP. Bytes are base64 text, lists and maps are JSON text.
enum class ValueType : std::uint8_t { string, integer, number, boolean, bytes, array, map };

struct Attribute {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, double, bool> value;
    ValueType type = ValueType::string;
};

/// A list that may use the memory of the batch it was read into.
using AttributeVector = std::pmr::vector<Attribute>;

/// What the records of one sender have in common.
struct Source {
    /// The resource's service.name; "unknown_service" if it has none.
    std::string_view service;
    AttributeVector resource;
    std::string_view scope_name;
    std::string_view scope_version;
};

struct SpanEvent {
    std::int64_t time_ns = 0;
    std::string_view name;
    AttributeVector attributes;
};

struct SpanLink {
    TraceId trace_id{};
    SpanId span_id{};
    AttributeVector attributes;
};

/// A span as it came. Texts belong to the batch that the span was read from. Times are nanoseconds
/// since 1970.
struct SpanRecord {
    TraceId trace_id{};
    SpanId span_id{};
    /// All zero: the span has no parent.
    SpanId parent_span_id{};
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    /// As OTLP numbers it: 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    int kind = 0;
    /// 0 unset, 1 OK, 2 error.
    int status = 0;
    std::string_view name;
    std::string_view status_message;
    std::string_view trace_state;
    AttributeVector attributes;
    std::vector<SpanEvent> events;
    std::vector<SpanLink> links;
    std::uint32_t dropped_attributes = 0;
    std::uint32_t dropped_events = 0;
    std::uint32_t dropped_links = 0;
    const Source* source = nullptr;

    std::int64_t duration_ns() const { return end_ns > start_ns ? end_ns - start_ns : 0; }
    bool has_parent() const { return parent_span_id != SpanId{}; }
};

/// A log record as it came. Texts belong to the batch that the record was read from.
struct LogEntry {
    std::int64_t time_ns = 0;
    /// As OTLP numbers it: 1 to 4 trace, 5 debug, 9 info, 13 warn, 17 error, 21 to 24 fatal.
    int severity = 0;
    std::string_view severity_text;
    std::string_view event_name;
    /// The body as text; a structured body as JSON.
    std::string_view body;
    /// All zero: the record belongs to no trace.
    TraceId trace_id{};
    SpanId span_id{};
    AttributeVector attributes;
    const Source* source = nullptr;
};

}  // namespace tw::console
