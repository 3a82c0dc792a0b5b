#include "kit/telemetry/otlp_span_recorder.hpp"

#include "kit/telemetry/protobuf_writer.hpp"

#include <span>

namespace tw::telemetry {
namespace {

// opentelemetry/proto/trace/v1/trace.proto
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

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t nanos(Timestamp when) { return static_cast<std::uint64_t>(when.unix_micros()) * 1000; }

}  // namespace

SpanRecorder::Handle OtlpSpanRecorder::start(const TraceContext& trace, const TraceContext::SpanId& parent, std::string_view name,
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
    slot.name = name;
    slot.kind = kind;
    slot.start = when;
    return handle;
}

void OtlpSpanRecorder::attribute(Handle span, const Attribute& attribute) {
    slot(span).attributes.set(span_field::kAttributes, attribute, limits_.attributes);
}

void OtlpSpanRecorder::event(Handle span, std::string_view name, Timestamp when, Attributes attributes) {
    auto& slot = this->slot(span);
    if (slot.events >= limits_.events_max) {
        ++slot.dropped_events;
        return;
    }
    ++slot.events;
    event_attributes_.clear();
    const AttributeLimits limits{limits_.event_attributes_max, limits_.attributes.value_bytes_max};
    for (const auto& attribute : attributes) event_attributes_.set(event_field::kAttributes, attribute, limits);

    scratch_.clear();
    ProtobufWriter writer{scratch_};
    writer.fixed64_field(event_field::kTime, nanos(when));
    writer.bytes_field(event_field::kName, name);
    scratch_ += event_attributes_.bytes();
    if (event_attributes_.dropped() > 0) writer.uint_field(event_field::kDroppedAttributes, event_attributes_.dropped());
    ProtobufWriter{slot.events_and_links}.bytes_field(span_field::kEvents, scratch_);
}

void OtlpSpanRecorder::link(Handle span, const TraceContext& other) {
    auto& slot = this->slot(span);
    if (slot.links >= limits_.links_max) {
        ++slot.dropped_links;
        return;
    }
    ++slot.links;
    scratch_.clear();
    ProtobufWriter writer{scratch_};
    writer.bytes_field(link_field::kTraceId, as_text(other.trace_id));
    writer.bytes_field(link_field::kSpanId, as_text(other.span_id));
    if (other.state) writer.bytes_field(link_field::kTraceState, *other.state);
    writer.fixed32_field(link_field::kFlags, other.flags);
    ProtobufWriter{slot.events_and_links}.bytes_field(span_field::kLinks, scratch_);
}

void OtlpSpanRecorder::fail(Handle span, std::string_view description) {
    auto& slot = this->slot(span);
    slot.failed = true;
    slot.failure = description;
}

void OtlpSpanRecorder::encode(const Slot& slot, Timestamp end) {
    scratch_.clear();
    ProtobufWriter writer{scratch_};
    writer.bytes_field(span_field::kTraceId, as_text(slot.trace.trace_id));
    writer.bytes_field(span_field::kSpanId, as_text(slot.trace.span_id));
    if (slot.trace.state) writer.bytes_field(span_field::kTraceState, *slot.trace.state);
    if (slot.parent != TraceContext::SpanId{}) writer.bytes_field(span_field::kParentSpanId, as_text(slot.parent));
    writer.bytes_field(span_field::kName, slot.name);
    writer.uint_field(span_field::kKind, static_cast<std::uint64_t>(slot.kind));
    writer.fixed64_field(span_field::kStart, nanos(slot.start));
    // The clock may have been set back meanwhile; a span never ends before it started.
    writer.fixed64_field(span_field::kEnd, nanos(std::max(slot.start, end)));
    scratch_ += slot.attributes.bytes();
    if (slot.attributes.dropped() > 0) writer.uint_field(span_field::kDroppedAttributes, slot.attributes.dropped());
    scratch_ += slot.events_and_links;
    if (slot.dropped_events > 0) writer.uint_field(span_field::kDroppedEvents, slot.dropped_events);
    if (slot.dropped_links > 0) writer.uint_field(span_field::kDroppedLinks, slot.dropped_links);
    if (slot.failed) {
        const auto message_size =
            slot.failure.empty() ? 0 : ProtobufWriter::field_size(status_field::kMessage, slot.failure.size());
        writer.header(span_field::kStatus, message_size + 2);
        if (message_size > 0) writer.bytes_field(status_field::kMessage, slot.failure);
        writer.uint_field(status_field::kCode, kStatusError);
    }
    writer.fixed32_field(span_field::kFlags, slot.trace.flags);
    ProtobufWriter{batch_.bytes}.bytes_field(scope_spans::kSpans, scratch_);
}

void OtlpSpanRecorder::end(Handle span, Timestamp when) {
    auto& slot = this->slot(span);
    encode(slot, when);
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
