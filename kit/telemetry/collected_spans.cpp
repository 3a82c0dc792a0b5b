#include "kit/telemetry/collected_spans.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::telemetry {
namespace {

CollectedSpans::Value to_value(const AttributeValue& value) {
    if (const auto* text = std::get_if<std::string_view>(&value.get())) return std::string{*text};
    if (const auto* flag = std::get_if<bool>(&value.get())) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value.get())) return *number;
    return std::get<double>(value.get());
}

}  // namespace

std::optional<std::string> CollectedSpans::Record::text(const std::string& key) const {
    const auto found = attributes.find(key);
    if (found == attributes.end()) return std::nullopt;
    return std::visit([](const auto& value) { return fmt::format("{}", value); }, found->second);
}

const CollectedSpans::Record* CollectedSpans::find(std::string_view name) const {
    const auto found = std::find_if(spans_.begin(), spans_.end(), [&](const Record& span) { return span.name == name; });
    return found == spans_.end() ? nullptr : &*found;
}

SpanRecorder::Handle CollectedSpans::start(const TraceContext& trace, const ParentSpan& parent, std::string_view name,
                                           SpanKind kind, Timestamp when) {
    spans_.push_back({.trace = trace,
                      .parent = parent.id,
                      .parent_remote = parent.remote,
                      .name = std::string{name},
                      .kind = kind,
                      .start = when});
    return static_cast<Handle>(spans_.size());
}

void CollectedSpans::rename(Handle span, std::string_view name) { record(span).name = name; }

void CollectedSpans::attribute(Handle span, const Attribute& attribute) {
    record(span).attributes.insert_or_assign(std::string{attribute.key}, to_value(attribute.value));
}

void CollectedSpans::event(Handle span, std::string_view name, Timestamp when, Attributes attributes) {
    Event event{.name = std::string{name}, .when = when};
    for (const auto& attribute : attributes) {
        event.attributes.insert_or_assign(std::string{attribute.key}, to_value(attribute.value));
    }
    record(span).events.push_back(std::move(event));
}

void CollectedSpans::link(Handle span, const TraceContext& other) { record(span).links.push_back(other); }

void CollectedSpans::fail(Handle span, std::string_view description) { record(span).failure = description; }

void CollectedSpans::end(Handle span, Timestamp when) { record(span).end = when; }

}  // namespace tw::telemetry
