#include "kit/telemetry/otlp_span_recorder.hpp"

#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/otlp/otlp_values.hpp"
#include "kit/telemetry/text/utf8_text.hpp"

#include <bit>
#include <span>

namespace tw::telemetry {
namespace {

using Wire = ProtobufWriter;

// Field numbers of opentelemetry/proto/trace/v1/trace.proto.
namespace scope_spans {
constexpr std::uint32_t kSpans = 2;
}
namespace span_field {
constexpr std::uint32_t kTraceId = 1, kSpanId = 2, kTraceState = 3, kParentSpanId = 4, kName = 5, kKind = 6, kStart = 7, kEnd = 8,
                        kAttributes = 9, kDroppedAttributes = 10, kEvents = 11, kDroppedEvents = 12, kLinks = 13,
                        kDroppedLinks = 14, kStatus = 15, kFlags = 16;
}
namespace event_field {
constexpr std::uint32_t kTime = 1, kName = 2, kAttributes = 3, kDroppedAttributes = 4;
}
namespace link_field {
constexpr std::uint32_t kTraceId = 1, kSpanId = 2, kTraceState = 3, kFlags = 6;
}
namespace status_field {
constexpr std::uint32_t kMessage = 2, kCode = 3;
}
constexpr std::uint64_t kStatusError = 2;

// SpanFlags: bit 8 says that bit 9 is known, and bit 9 that the parent is of another process.
constexpr std::uint32_t kHasIsRemote = 0x100;
constexpr std::uint32_t kIsRemote = 0x200;

bool is_set(const TraceContext::SpanId& id) { return std::bit_cast<std::uint64_t>(id) != 0; }

std::string_view state_of(const TraceContext& trace) { return trace.state ? std::string_view{*trace.state} : std::string_view{}; }

void put(Wire& writer, std::string_view fields) { writer.raw(fields.data(), fields.size()); }

/// These functions leave out a field that is empty or zero, as proto3 requires.
std::size_t text_size(std::uint32_t field, std::string_view text) {
    return text.empty() ? 0 : Wire::field_size(field, text.size());
}
void put_text(Wire& writer, std::uint32_t field, std::string_view text) {
    if (!text.empty()) writer.bytes_field(field, text);
}
std::size_t count_size(std::uint32_t field, std::uint32_t count) { return count == 0 ? 0 : Wire::uint_size(field, count); }
void put_count(Wire& writer, std::uint32_t field, std::uint32_t count) {
    if (count > 0) writer.uint_field(field, count);
}

std::size_t status_size(std::string_view message) {
    return text_size(status_field::kMessage, message) + Wire::uint_size(status_field::kCode, kStatusError);
}

}  // namespace

SpanRecorder::Handle OtlpSpanRecorder::start(const TraceContext& trace, const ParentSpan& parent, std::string_view name,
                                             SpanKind kind, Timestamp when) {
    if (free_.empty()) {
        slots_.emplace_back();
        free_.push_back(static_cast<Handle>(slots_.size()));
    }
    const auto handle = free_.back();
    free_.pop_back();
    auto& slot = this->slot(handle);
    slot.trace = trace;
    slot.parent = parent;
    slot.name = Utf8Text{name}.get();
    slot.kind = kind;
    slot.start = when;
    return handle;
}

void OtlpSpanRecorder::rename(Handle span, std::string_view name) { slot(span).name = Utf8Text{name}.get(); }

void OtlpSpanRecorder::attribute(Handle span, const Attribute& attribute) {
    slot(span).attributes.set(span_field::kAttributes, attribute, limits_.attributes);
}

void OtlpSpanRecorder::attributes(Handle span, const FixedAttributes& attributes) {
    static_assert(FixedAttributes::kField == span_field::kAttributes);
    if (slot(span).attributes.begin_with(attributes.encoded(), limits_.attributes)) return;
    SpanRecorder::attributes(span, attributes);
}

void OtlpSpanRecorder::event(Handle span, std::string_view any_name, Timestamp when, Attributes attributes) {
    auto& slot = this->slot(span);
    if (slot.events >= limits_.events_max) {
        ++slot.dropped_events;
        return;
    }
    ++slot.events;
    event_attributes_.clear();
    const AttributeLimits limits{limits_.event_attributes_max, limits_.attributes.value_bytes_max};
    for (const auto& attribute : attributes) event_attributes_.set(event_field::kAttributes, attribute, limits);

    const Utf8Text sound{any_name};
    const auto name = sound.get();
    const auto dropped = event_attributes_.dropped();
    const auto size = Wire::fixed64_size(event_field::kTime) + Wire::field_size(event_field::kName, name.size()) +
                      event_attributes_.bytes().size() + count_size(event_field::kDroppedAttributes, dropped);
    Wire::append(slot.events_and_links, Wire::field_size(span_field::kEvents, size), [&](Wire& writer) {
        writer.header(span_field::kEvents, size);
        writer.fixed64_field(event_field::kTime, unix_nanos(when));
        writer.bytes_field(event_field::kName, name);
        put(writer, event_attributes_.bytes());
        put_count(writer, event_field::kDroppedAttributes, dropped);
    });
}

void OtlpSpanRecorder::link(Handle span, const TraceContext& other) {
    auto& slot = this->slot(span);
    if (slot.links >= limits_.links_max) {
        ++slot.dropped_links;
        return;
    }
    ++slot.links;
    const auto size = Wire::field_size(link_field::kTraceId, other.trace_id.size()) +
                      Wire::field_size(link_field::kSpanId, other.span_id.size()) +
                      text_size(link_field::kTraceState, state_of(other)) + Wire::fixed32_size(link_field::kFlags);
    Wire::append(slot.events_and_links, Wire::field_size(span_field::kLinks, size), [&](Wire& writer) {
        writer.header(span_field::kLinks, size);
        writer.bytes_field(link_field::kTraceId, id_bytes(other.trace_id));
        writer.bytes_field(link_field::kSpanId, id_bytes(other.span_id));
        put_text(writer, link_field::kTraceState, state_of(other));
        writer.fixed32_field(link_field::kFlags, other.flags);
    });
}

void OtlpSpanRecorder::fail(Handle span, std::string_view description) {
    auto& slot = this->slot(span);
    slot.failed = true;
    slot.failure = Utf8Text{description}.get();
}

std::size_t OtlpSpanRecorder::size_of(const Slot& slot) {
    const auto has_parent = is_set(slot.parent.id);
    return Wire::field_size(span_field::kTraceId, slot.trace.trace_id.size()) +
           Wire::field_size(span_field::kSpanId, slot.trace.span_id.size()) +
           text_size(span_field::kTraceState, state_of(slot.trace)) +
           (has_parent ? Wire::field_size(span_field::kParentSpanId, slot.parent.id.size()) : 0) +
           Wire::field_size(span_field::kName, slot.name.size()) +
           Wire::uint_size(span_field::kKind, static_cast<std::uint64_t>(slot.kind)) + Wire::fixed64_size(span_field::kStart) +
           Wire::fixed64_size(span_field::kEnd) + slot.attributes.bytes().size() +
           count_size(span_field::kDroppedAttributes, slot.attributes.dropped()) + slot.events_and_links.size() +
           count_size(span_field::kDroppedEvents, slot.dropped_events) +
           count_size(span_field::kDroppedLinks, slot.dropped_links) +
           (slot.failed ? Wire::field_size(span_field::kStatus, status_size(slot.failure)) : 0) +
           Wire::fixed32_size(span_field::kFlags);
}

void OtlpSpanRecorder::write(ProtobufWriter& writer, const Slot& slot, Timestamp end) {
    writer.bytes_field(span_field::kTraceId, id_bytes(slot.trace.trace_id));
    writer.bytes_field(span_field::kSpanId, id_bytes(slot.trace.span_id));
    put_text(writer, span_field::kTraceState, state_of(slot.trace));
    if (is_set(slot.parent.id)) writer.bytes_field(span_field::kParentSpanId, id_bytes(slot.parent.id));
    writer.bytes_field(span_field::kName, slot.name);
    writer.uint_field(span_field::kKind, static_cast<std::uint64_t>(slot.kind));
    writer.fixed64_field(span_field::kStart, unix_nanos(slot.start));
    // The clock may have been set back meanwhile. A span never ends before it started.
    writer.fixed64_field(span_field::kEnd, unix_nanos(std::max(slot.start, end)));
    put(writer, slot.attributes.bytes());
    put_count(writer, span_field::kDroppedAttributes, slot.attributes.dropped());
    put(writer, slot.events_and_links);
    put_count(writer, span_field::kDroppedEvents, slot.dropped_events);
    put_count(writer, span_field::kDroppedLinks, slot.dropped_links);
    if (slot.failed) {
        writer.header(span_field::kStatus, status_size(slot.failure));
        put_text(writer, status_field::kMessage, slot.failure);
        writer.uint_field(status_field::kCode, kStatusError);
    }
    writer.fixed32_field(span_field::kFlags, slot.trace.flags | kHasIsRemote | (slot.parent.remote ? kIsRemote : 0U));
}

void OtlpSpanRecorder::end(Handle span, Timestamp when) {
    auto& slot = this->slot(span);
    const auto size = size_of(slot);
    Wire::append(batch_.bytes, Wire::field_size(scope_spans::kSpans, size), [&](Wire& writer) {
        writer.header(scope_spans::kSpans, size);
        write(writer, slot, when);
    });
    slot.trace.state = nullptr;
    slot.attributes.clear();
    slot.events_and_links.clear();
    slot.events = slot.links = slot.dropped_events = slot.dropped_links = 0;
    slot.failed = false;
    free_.push_back(span);
    if (++batch_.records >= batch_records_) flush();
}

void OtlpSpanRecorder::flush() {
    if (batch_.records > 0) on_full_(batch_);
}

}  // namespace tw::telemetry
