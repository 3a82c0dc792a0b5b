#pragma once

#include "kit/telemetry/span.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tw::telemetry {

/// Keeps spans as values, for tests to read. It belongs to one loop, as every recorder does.
class CollectedSpans final : public SpanRecorder {
 public:
    using Value = std::variant<std::string, bool, std::int64_t, double>;

    struct Event {
        std::string name;
        Timestamp when;
        std::map<std::string, Value> attributes;
    };
    struct Record {
        TraceContext trace;
        TraceContext::SpanId parent{};
        bool parent_remote = false;
        std::string name;
        SpanKind kind = SpanKind::internal;
        Timestamp start;
        std::optional<Timestamp> end;
        std::map<std::string, Value> attributes;
        std::vector<Event> events;
        std::vector<TraceContext> links;
        /// The description of status ERROR, if the span failed.
        std::optional<std::string> failure;

        /// Returns the attribute as text ("true", "42"), or nothing if it was not set.
        std::optional<std::string> text(const std::string& key) const;
    };

    /// The spans in the order of their start. A span that is still open has no end.
    const std::vector<Record>& spans() const { return spans_; }
    /// Returns the first span of that name, or null.
    const Record* find(std::string_view name) const;

    Handle start(const TraceContext& trace, const ParentSpan& parent, std::string_view name, SpanKind kind,
                 Timestamp when) override;
    void rename(Handle span, std::string_view name) override;
    void attribute(Handle span, const Attribute& attribute) override;
    void event(Handle span, std::string_view name, Timestamp when, Attributes attributes) override;
    void link(Handle span, const TraceContext& other) override;
    void fail(Handle span, std::string_view description) override;
    void end(Handle span, Timestamp when) override;

 private:
    Record& record(Handle span) { return spans_.at(span - 1); }
    std::vector<Record> spans_;
};

}  // namespace tw::telemetry
