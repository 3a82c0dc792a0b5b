#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/error.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/attribute.hpp"
#include "kit/telemetry/sampler.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The numbers are OTLP's.
enum class SpanKind : std::uint8_t { internal = 1, server = 2, client = 3, producer = 4, consumer = 5 };

class FixedAttributes;
class Tracer;

/// The parent of a span. The id is all zero for the first span of a trace.
struct ParentSpan {
    ParentSpan() = default;
    ParentSpan(const TraceContext::SpanId& span_id, bool is_remote = false) : id{span_id}, remote{is_remote} {}
    /// The span that `context` stands for.
    explicit ParentSpan(const TraceContext& context) : id{context.span_id}, remote{context.remote} {}

    TraceContext::SpanId id{};
    /// Whether the parent is a span of another process.
    bool remote = false;
};

/// Receives the events of spans, on their loop. The exporter's recorder writes OTLP bytes, and
/// tests collect spans. Without a recorder, spans only carry the context on. There is one recorder
/// for each loop and service.
class SpanRecorder {
 public:
    /// Identifies a span that is being recorded.
    using Handle = std::uint32_t;
    static constexpr Handle kNone = 0;

    virtual ~SpanRecorder() = default;
    virtual Handle start(const TraceContext& trace, const ParentSpan& parent, std::string_view name, SpanKind kind,
                         Timestamp when) = 0;
    virtual void rename(Handle span, std::string_view name) = 0;
    virtual void attribute(Handle span, const Attribute& attribute) = 0;
    /// Records all of `attributes`. The default records them one after the other.
    virtual void attributes(Handle span, const FixedAttributes& attributes);
    virtual void event(Handle span, std::string_view name, Timestamp when, Attributes attributes) = 0;
    virtual void link(Handle span, const TraceContext& other) = 0;
    virtual void fail(Handle span, std::string_view description) = 0;
    virtual void end(Handle span, Timestamp when) = 0;
};

/// One timed part of a call. It ends when it is destroyed, if `end` was not called before. Pass
/// `context()` to the work within the span, so that the span becomes the parent. A Span belongs to
/// one loop and is move-only.
class [[nodiscard]] Span {
 public:
    Span(Span&& other) noexcept;
    Span& operator=(Span&&) = delete;
    ~Span() { end(); }

    const CallContext& context() const { return context_; }
    /// False if attributes would be dropped (not sampled, ended, or no recorder). Callers may then
    /// skip computing them.
    bool recording() const { return handle_ != SpanRecorder::kNone; }

    void set(std::string_view key, AttributeValue value);
    /// Sets all attributes. It is cheapest before any other attribute.
    void set(const FixedAttributes& attributes);
    void rename(std::string_view name);
    void add_event(std::string_view name, Attributes attributes = {});
    void link(const TraceContext& other);
    /// Sets status ERROR, described by the error's reason, and `error.type` with the error's code.
    /// The error's detail is not recorded: it may repeat what a caller sent, such as an e-mail
    /// address in place of an id.
    void fail(const Error& error);
    void end();
    /// Ends the span at `when`, for work that ended before this call.
    void end_at(Timestamp when);

 private:
    friend Tracer;
    Span(const Tracer& tracer, CallContext context, SpanRecorder::Handle handle)
        : tracer_{&tracer}, context_{std::move(context)}, handle_{handle} {}

    const Tracer* tracer_;
    CallContext context_;
    SpanRecorder::Handle handle_;
};

/// Starts the spans of one service on one loop. Without a parent in the context a new trace begins
/// (with the random flag set, W3C Trace Context level 2 §2.3). Otherwise the span is a child in the
/// same trace. The sampler decides what is recorded. A trace that is not recorded is still passed
/// on, without the sampled flag. Where the context begins no trace (TraceContext::untraced),
/// neither does a span. The tracer must outlive its spans and is not copied.
class Tracer {
 public:
    /// `recorder` may be null: ids are then made and propagated, and nothing is recorded.
    Tracer(const Clock& clock, Random& random, SpanRecorder* recorder = nullptr,
           Sampler sampler = Sampler::parent_based(Sampler::always_on()))
        : clock_{&clock}, recorder_{recorder}, sampler_{sampler}, ids_{random} {}

    Span start(const CallContext& parent, std::string_view name, SpanKind kind) const;
    /// Starts a span for work that began elsewhere, at `when`: a child of `parent` that was given
    /// its ids there. It is recorded if `trace` is sampled.
    Span start_at(const CallContext& parent, const TraceContext& trace, std::string_view name, SpanKind kind,
                  Timestamp when) const;

 private:
    friend Span;
    const Clock* clock_;
    SpanRecorder* recorder_;
    Sampler sampler_;
    /// The generator's state does not belong to the tracer's logical state, so it is mutable.
    mutable TraceIds ids_;
};

}  // namespace tw::telemetry
