#pragma once

#include "kit/telemetry/otlp/otlp_attributes.hpp"
#include "kit/telemetry/otlp/protobuf_writer.hpp"
#include "kit/telemetry/span.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tw::telemetry {

/// The limits of a span (OpenTelemetry specification, "Span Limits").
struct SpanLimits {
    AttributeLimits attributes;
    std::size_t events_max = 128;
    std::size_t links_max = 128;
    std::size_t event_attributes_max = 128;
    std::size_t link_attributes_max = 128;
};

/// Records of one kind. They are encoded one after the other as the repeated field of their scope
/// message (ScopeSpans.spans, ScopeLogs.log_records).
struct OtlpBatch {
    std::string bytes;
    std::size_t records = 0;
};

/// Writes spans as OTLP bytes (opentelemetry.proto.trace.v1.Span) into a buffer of its loop when
/// they end. The buffer is passed on when it holds `batch_records` of them, or when flushed. In
/// steady state nothing is allocated: open spans reuse their slots, and `on_full` may return a used
/// buffer.
class OtlpSpanRecorder final : public SpanRecorder {
 public:
    /// Takes the full batch and leaves an empty one, ideally with the capacity of a batch that was
    /// sent before.
    using OnFull = std::move_only_function<void(OtlpBatch& batch)>;

    OtlpSpanRecorder(const SpanLimits& limits, std::size_t batch_records, OnFull on_full)
        : limits_{limits}, batch_records_{batch_records}, on_full_{std::move(on_full)} {}

    Handle start(const TraceContext& trace, const ParentSpan& parent, std::string_view name, SpanKind kind,
                 Timestamp when) override;
    void rename(Handle span, std::string_view name) override;
    void attribute(Handle span, const Attribute& attribute) override;
    void attributes(Handle span, const FixedAttributes& attributes) override;
    void event(Handle span, std::string_view name, Timestamp when, Attributes attributes) override;
    void link(Handle span, const TraceContext& other) override;
    void fail(Handle span, std::string_view description) override;
    void end(Handle span, Timestamp when) override;

    /// Passes on the spans in the buffer, if there are any.
    void flush();
    /// How many spans have started and not ended.
    std::size_t open() const { return slots_.size() - free_.size(); }

 private:
    struct Slot {
        TraceContext trace;
        ParentSpan parent;
        std::string name;
        SpanKind kind{};
        Timestamp start;
        OtlpAttributes attributes;
        std::string events_and_links;
        std::uint32_t events = 0;
        std::uint32_t links = 0;
        std::uint32_t dropped_events = 0;
        std::uint32_t dropped_links = 0;
        bool failed = false;
        std::string failure;
    };
    Slot& slot(Handle span) { return slots_[span - 1]; }
    static std::size_t size_of(const Slot& slot);
    static void write(ProtobufWriter& writer, const Slot& slot, Timestamp end);

    SpanLimits limits_;
    std::size_t batch_records_;
    OnFull on_full_;
    std::vector<Slot> slots_;
    std::vector<Handle> free_;
    OtlpAttributes event_attributes_;
    OtlpBatch batch_;
};

}  // namespace tw::telemetry
