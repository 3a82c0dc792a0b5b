#include "services/console/archive/otlp_records.hpp"

#include "services/console/archive/otlp_values.hpp"
#include "services/console/archive/wire_reader.hpp"

#include <cstring>

namespace tw::console {
namespace {

/// Most records have no more attributes, so that their list is allocated once.
constexpr std::size_t kUsualAttributes = 8;
constexpr std::size_t kUsualBriefAttributes = 4;

template <class Id>
bool read_id(std::string_view bytes, Id& id) {
    if (bytes.size() != id.size()) return false;
    std::memcpy(id.data(), bytes.data(), id.size());
    return true;
}

/// Reads an id that may be left out.
template <class Id>
bool read_optional_id(std::string_view bytes, Id& id) {
    return bytes.empty() || read_id(bytes, id);
}

bool read_event(std::string_view message, Texts& texts, SpanEvent& event) {
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kFixed64)) event.time_ns = static_cast<std::int64_t>(field.value);
        if (field.is(2, WireField::kBytes)) event.name = utf8_text(field.bytes, texts);
        if (field.is(3, WireField::kBytes) && !read_attribute(field.bytes, texts, event.attributes)) return false;
    }
    return !reader.malformed();
}

bool read_link(std::string_view message, Texts& texts, SpanLink& link) {
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        // A link that names nothing is kept, so a bad id stays zero.
        if (field.is(1, WireField::kBytes)) read_id(field.bytes, link.trace_id);
        if (field.is(2, WireField::kBytes)) read_id(field.bytes, link.span_id);
        if (field.is(4, WireField::kBytes) && !read_attribute(field.bytes, texts, link.attributes)) return false;
    }
    return !reader.malformed();
}

bool read_status(std::string_view message, Texts& texts, SpanRecord& span) {
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(2, WireField::kBytes)) span.status_message = utf8_text(field.bytes, texts);
        if (field.is(3, WireField::kVarint)) span.status = static_cast<int>(field.value);
    }
    return !reader.malformed();
}

/// Checks an event or a link, or reads an attribute that is needed.
bool read_brief_part(const WireField& field, Texts& texts, SpanRecord& span) {
    if (field.number == 9) return read_brief_attribute(field.bytes, texts, span.attributes);
    if (SpanEvent event; field.number == 11) return read_event(field.bytes, texts, event);
    SpanLink link;
    return read_link(field.bytes, texts, link);
}

/// Reads a field that is a text or a message, but no id.
bool read_span_part(const WireField& field, Texts& texts, SpanRecord& span, bool brief) {
    if (brief && (field.number == 9 || field.number == 11 || field.number == 13)) return read_brief_part(field, texts, span);
    switch (field.number) {
        case 3:
            span.trace_state = utf8_text(field.bytes, texts);
            return true;
        case 5:
            span.name = utf8_text(field.bytes, texts);
            return true;
        case 9:
            return read_attribute(field.bytes, texts, span.attributes);
        case 11:
            return read_event(field.bytes, texts, span.events.emplace_back());
        case 13:
            return read_link(field.bytes, texts, span.links.emplace_back());
        case 15:
            return read_status(field.bytes, texts, span);
        default:
            return true;
    }
}

void read_span_number(const WireField& field, SpanRecord& span) {
    switch (field.number) {
        case 6:
            span.kind = static_cast<int>(field.value);
            break;
        case 7:
            span.start_ns = static_cast<std::int64_t>(field.value);
            break;
        case 8:
            span.end_ns = static_cast<std::int64_t>(field.value);
            break;
        case 10:
            span.dropped_attributes = static_cast<std::uint32_t>(field.value);
            break;
        case 12:
            span.dropped_events = static_cast<std::uint32_t>(field.value);
            break;
        case 14:
            span.dropped_links = static_cast<std::uint32_t>(field.value);
            break;
        default:
            break;
    }
}

bool read_log_part(const WireField& field, Texts& texts, LogEntry& log) {
    switch (field.number) {
        case 3:
            log.severity_text = utf8_text(field.bytes, texts);
            return true;
        case 5: {
            Attribute body;
            if (!read_any_value(field.bytes, texts, body)) return false;
            log.body = attribute_text(body, texts);
            return true;
        }
        case 6:
            return read_attribute(field.bytes, texts, log.attributes);
        case 12:
            log.event_name = utf8_text(field.bytes, texts);
            return true;
        default:
            return true;
    }
}

}  // namespace

Reading read_span(std::string_view message, Texts& texts, SpanRecord& span, bool brief) {
    span.attributes.reserve(brief ? kUsualBriefAttributes : kUsualAttributes);
    std::string_view trace_id;
    std::string_view span_id;
    std::string_view parent_id;
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.type != WireField::kBytes) {
            read_span_number(field, span);
        } else if (field.number == 1) {
            trace_id = field.bytes;
        } else if (field.number == 2) {
            span_id = field.bytes;
        } else if (field.number == 4) {
            parent_id = field.bytes;
        } else if (!read_span_part(field, texts, span, brief)) {
            return Reading::malformed;
        }
    }
    if (reader.malformed()) return Reading::malformed;
    if (!read_id(trace_id, span.trace_id) || span.trace_id == TraceId{}) return Reading::bad_trace_id;
    if (!read_id(span_id, span.span_id) || span.span_id == SpanId{}) return Reading::bad_span_id;
    return read_optional_id(parent_id, span.parent_span_id) ? Reading::good : Reading::bad_parent_id;
}

Reading read_log(std::string_view message, Texts& texts, LogEntry& log) {
    log.attributes.reserve(kUsualAttributes);
    std::string_view trace_id;
    std::string_view span_id;
    std::int64_t observed_ns = 0;
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kFixed64)) {
            log.time_ns = static_cast<std::int64_t>(field.value);
        } else if (field.is(11, WireField::kFixed64)) {
            observed_ns = static_cast<std::int64_t>(field.value);
        } else if (field.is(2, WireField::kVarint)) {
            log.severity = static_cast<int>(field.value);
        } else if (field.is(9, WireField::kBytes)) {
            trace_id = field.bytes;
        } else if (field.is(10, WireField::kBytes)) {
            span_id = field.bytes;
        } else if (field.type == WireField::kBytes && !read_log_part(field, texts, log)) {
            return Reading::malformed;
        }
    }
    if (reader.malformed()) return Reading::malformed;
    if (log.time_ns == 0) log.time_ns = observed_ns;
    if (!read_optional_id(trace_id, log.trace_id)) return Reading::bad_trace_id;
    return read_optional_id(span_id, log.span_id) ? Reading::good : Reading::bad_span_id;
}

}  // namespace tw::console
