#include "kit/events/delivery/event_observer.hpp"

#include "kit/events/delivery/event_metrics.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace tw::events {
namespace {

/// How many links a span gets, as the SDKs of OpenTelemetry have it.
constexpr std::size_t kLinksMax = 128;

/// Links the span to the place that wrote the event, unless that is the span's parent.
void link_to_writer(telemetry::Span& span, const CallContext& parent, const Event& event) {
    if (event.traceparent.empty()) return;
    const auto writer = telemetry::parse_traceparent(event.traceparent);
    if (writer && writer->span_id != parent.trace().span_id) span.link(*writer);
}

}  // namespace

telemetry::Span EventObserver::start_send(const CallContext& ctx, std::string_view stream, const Event& event) const {
    auto span = telemetry_.tracer.start(ctx, "send " + std::string{stream}, telemetry::SpanKind::producer);
    span.set("messaging.system", system_);
    span.set("messaging.destination.name", stream);
    span.set("messaging.operation.name", "send");
    span.set("messaging.operation.type", "send");
    span.set("messaging.message.id", event.id);
    link_to_writer(span, ctx, event);
    return span;
}

void EventObserver::on_sent(std::string_view stream, const Result<void>& outcome, std::size_t events) const {
    if (outcome) return sent(stream).add(static_cast<double>(events));
    const auto counter = telemetry_.meter.counter(kSentMessages, {{"messaging.system", system_},
                                                                  {"messaging.destination.name", stream},
                                                                  {"messaging.operation.name", "send"},
                                                                  {"error.type", code_name(outcome.error().code())}});
    counter.add(static_cast<double>(events));
}

const telemetry::Counter& EventObserver::sent(std::string_view stream) const {
    const auto known = std::ranges::find(sent_, stream, &SentSeries::stream);
    if (known != sent_.end()) return known->count;
    const auto counter = telemetry_.meter.counter(
        kSentMessages,
        {{"messaging.system", system_}, {"messaging.destination.name", stream}, {"messaging.operation.name", "send"}});
    return sent_.emplace_back(std::string{stream}, counter).count;
}

telemetry::Span EventObserver::start_process(const CallContext& ctx, const Subscription& subscription, const Event& event) const {
    auto span = start_any_process(ctx, subscription);
    span.set("messaging.message.id", event.id);
    link_to_writer(span, ctx, event);
    return span;
}

telemetry::Span EventObserver::start_process(const CallContext& ctx, const Subscription& subscription,
                                             std::span<const Event> events) const {
    if (events.size() == 1) return start_process(ctx, subscription, events.front());
    auto span = start_any_process(ctx, subscription);
    span.set("messaging.batch.message_count", static_cast<std::int64_t>(events.size()));
    if (!span.recording()) return span;
    for (const auto& event : events.first(std::min(events.size(), kLinksMax))) link_to_writer(span, ctx, event);
    return span;
}

telemetry::Span EventObserver::start_any_process(const CallContext& ctx, const Subscription& subscription) const {
    auto span = telemetry_.tracer.start(ctx, "process " + subscription.stream, telemetry::SpanKind::consumer);
    span.set("messaging.system", system_);
    span.set("messaging.destination.name", subscription.stream);
    span.set("messaging.consumer.group.name", subscription.group);
    span.set("messaging.operation.name", "process");
    span.set("messaging.operation.type", "process");
    return span;
}

void EventObserver::on_processed(const Subscription& subscription, std::chrono::duration<double> took,
                                 const Result<void>& outcome) const {
    if (outcome) return processed(subscription).record(took.count());
    const auto failed = telemetry_.meter.histogram(kProcessDuration, {{"messaging.consumer.group.name", subscription.group},
                                                                      {"messaging.destination.name", subscription.stream},
                                                                      {"messaging.operation.name", "process"},
                                                                      {"messaging.system", system_},
                                                                      {"error.type", code_name(outcome.error().code())}});
    failed.record(took.count());
}

const telemetry::Histogram& EventObserver::processed(const Subscription& subscription) const {
    const auto known = std::ranges::find_if(processed_, [&subscription](const ProcessedSeries& series) {
        return series.stream == subscription.stream && series.group == subscription.group;
    });
    if (known != processed_.end()) return known->durations;
    const auto durations = telemetry_.meter.histogram(kProcessDuration, {{"messaging.consumer.group.name", subscription.group},
                                                                         {"messaging.destination.name", subscription.stream},
                                                                         {"messaging.operation.name", "process"},
                                                                         {"messaging.system", system_}});
    return processed_.emplace_back(subscription.stream, subscription.group, durations).durations;
}

void EventObserver::on_handler_failed(const CallContext& ctx, const Subscription& subscription, const Event& event,
                                      std::string_view what) const {
    telemetry_.log.error(ctx, "event.handler_failed",
                         {{"messaging.destination.name", subscription.stream},
                          {"messaging.consumer.group.name", subscription.group},
                          {"messaging.message.id", event.id},
                          {"tw.event.type", event.type},
                          {"exception.message", what}},
                         "an exception left the handler of an event");
}

void EventObserver::on_dead_letter(const CallContext& ctx, const Subscription& subscription, const Event& event) const {
    telemetry_.meter
        .counter(kDeadLetters,
                 {{"messaging.destination.name", subscription.stream}, {"messaging.consumer.group.name", subscription.group}})
        .add();
    telemetry_.log.error(ctx, "event.dead_lettered",
                         {{"messaging.destination.name", subscription.stream},
                          {"messaging.consumer.group.name", subscription.group},
                          {"messaging.message.id", event.id},
                          {"tw.event.type", event.type}},
                         "an event was moved to the dead letters, because its handler failed too often");
}

}  // namespace tw::events
