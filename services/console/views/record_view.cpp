#include "services/console/query.hpp"
#include "services/console/views.hpp"
#include "services/console/views/span_texts.hpp"
#include "services/console/views/times.hpp"

#include <algorithm>
#include <limits>

namespace tw::console {
namespace {

using AttributeList = google::protobuf::RepeatedPtrField<::console::Attribute>;

std::string_view type_name(ValueType type) {
    switch (type) {
        case ValueType::string:
            return "string";
        case ValueType::integer:
            return "int";
        case ValueType::number:
            return "double";
        case ValueType::boolean:
            return "bool";
        case ValueType::bytes:
            return "bytes";
        case ValueType::array:
            return "array";
        case ValueType::map:
            return "map";
    }
    return "string";
}

void add_attributes(const AttributeVector& attributes, AttributeList& out) {
    out.Reserve(static_cast<int>(attributes.size()));
    for (const auto& attribute : attributes) {
        auto* added = out.Add();
        added->set_key(std::string{attribute.key});
        added->set_value(value_text(attribute));
        added->set_type(std::string{type_name(attribute.type)});
    }
}

int bounded(std::uint32_t count) { return static_cast<int>(std::min<std::uint32_t>(count, std::numeric_limits<int>::max())); }

void add_events_and_links(const SpanRecord& span, ::console::Span& out) {
    for (const auto& event : span.events) {
        auto* added = out.add_events();
        added->set_time_us(micros_of(event.time_ns));
        added->set_name(std::string{event.name});
        add_attributes(event.attributes, *added->mutable_attributes());
    }
    for (const auto& link : span.links) {
        auto* added = out.add_links();
        added->set_trace_id(id_text(link.trace_id));
        added->set_span_id(id_text(link.span_id));
        add_attributes(link.attributes, *added->mutable_attributes());
    }
}

}  // namespace

::console::Span view_of(const SpanRecord& span) {
    ::console::Span out;
    out.set_trace_id(id_text(span.trace_id));
    out.set_span_id(id_text(span.span_id));
    out.set_parent_span_id(id_text(span.parent_span_id));
    out.set_name(std::string{span.name});
    out.set_service(std::string{service_of(span)});
    out.set_kind(span.kind);
    out.set_start_us(micros_of(span.start_ns));
    out.set_duration_ns(elapsed_ns(span.start_ns, span.end_ns));
    out.set_status(span.status);
    out.set_status_message(std::string{span.status_message});
    out.set_trace_state(std::string{span.trace_state});
    add_attributes(span.attributes, *out.mutable_attributes());
    add_events_and_links(span, out);
    if (span.source != nullptr) {
        add_attributes(span.source->resource, *out.mutable_resource());
        out.set_scope_name(std::string{span.source->scope_name});
        out.set_scope_version(std::string{span.source->scope_version});
    }
    out.set_dropped_attributes(bounded(span.dropped_attributes));
    out.set_dropped_events(bounded(span.dropped_events));
    out.set_dropped_links(bounded(span.dropped_links));
    return out;
}

::console::LogRecord view_of(const LogEntry& log, std::string id) {
    ::console::LogRecord out;
    out.set_id(std::move(id));
    out.set_time_us(micros_of(log.time_ns));
    out.set_service(log.source == nullptr ? "unknown_service" : std::string{log.source->service});
    out.set_severity(log.severity);
    out.set_severity_text(std::string{log.severity_text});
    out.set_event_name(std::string{log.event_name});
    out.set_body(std::string{log.body});
    out.set_trace_id(id_text(log.trace_id));
    out.set_span_id(id_text(log.span_id));
    add_attributes(log.attributes, *out.mutable_attributes());
    if (log.source != nullptr) add_attributes(log.source->resource, *out.mutable_resource());
    return out;
}

}  // namespace tw::console
