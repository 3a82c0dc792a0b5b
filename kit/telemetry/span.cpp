#include "kit/telemetry/span.hpp"

#include "kit/telemetry/fixed_attributes.hpp"

#include <utility>

namespace tw::telemetry {

void SpanRecorder::attributes(Handle span, const FixedAttributes& attributes) {
    attributes.for_each([&](const Attribute& each) { attribute(span, each); });
}

Span::Span(Span&& other) noexcept
    : tracer_{other.tracer_}, context_{other.context_}, handle_{std::exchange(other.handle_, SpanRecorder::kNone)} {}

void Span::set(std::string_view key, AttributeValue value) {
    if (recording()) tracer_->recorder_->attribute(handle_, {key, value});
}

void Span::set(const FixedAttributes& attributes) {
    if (recording()) tracer_->recorder_->attributes(handle_, attributes);
}

void Span::rename(std::string_view name) {
    if (recording()) tracer_->recorder_->rename(handle_, name);
}

void Span::add_event(std::string_view name, Attributes attributes) {
    if (recording()) tracer_->recorder_->event(handle_, name, tracer_->clock_->now(), attributes);
}

void Span::link(const TraceContext& other) {
    if (recording()) tracer_->recorder_->link(handle_, other);
}

void Span::fail(const Error& error) {
    if (!recording()) return;
    tracer_->recorder_->attribute(handle_, {"error.type", code_name(error.code())});
    tracer_->recorder_->fail(handle_, error.reason());
}

void Span::end() {
    if (recording()) end_at(tracer_->clock_->now());
}

void Span::end_at(Timestamp when) {
    if (recording()) tracer_->recorder_->end(std::exchange(handle_, SpanRecorder::kNone), when);
}

Span Tracer::start(const CallContext& parent, std::string_view name, SpanKind kind) const {
    TraceContext trace = parent.trace();
    const auto has_parent = trace.valid();
    if (!has_parent && trace.untraced) return Span{*this, parent, SpanRecorder::kNone};
    const auto parent_span = has_parent ? ParentSpan{trace} : ParentSpan{};
    trace.remote = false;
    if (!has_parent) {
        ids_.fill(trace.trace_id);
        trace.flags = TraceContext::kRandom;
        trace.state = nullptr;
    }
    ids_.fill(trace.span_id);
    const auto sampled = sampler_.sample(trace, has_parent) ? TraceContext::kSampled : std::uint8_t{0};
    trace.flags = static_cast<std::uint8_t>((trace.flags & ~TraceContext::kSampled) | sampled);

    auto handle = SpanRecorder::kNone;
    if (recorder_ != nullptr && trace.sampled()) handle = recorder_->start(trace, parent_span, name, kind, clock_->now());
    return Span{*this, parent.with_trace(std::move(trace)), handle};
}

Span Tracer::start_at(const CallContext& parent, const TraceContext& trace, std::string_view name, SpanKind kind,
                      Timestamp when) const {
    auto handle = SpanRecorder::kNone;
    if (recorder_ != nullptr && trace.sampled()) handle = recorder_->start(trace, ParentSpan{parent.trace()}, name, kind, when);
    return Span{*this, parent.with_trace(trace), handle};
}

}  // namespace tw::telemetry
