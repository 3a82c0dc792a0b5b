#pragma once

#include "kit/events/bus.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::events {

/// Makes spans and metrics of events, by the messaging conventions. It belongs to one loop.
class EventObserver {
 public:
    /// `system` is the messaging system: "redis" or "local".
    EventObserver(telemetry::Telemetry telemetry, std::string_view system) : telemetry_{telemetry}, system_{system} {}

    /// Starts the span `send <stream>` (PRODUCER). It is linked to the trace that wrote the event,
    /// if that is another one.
    telemetry::Span start_send(const CallContext& ctx, std::string_view stream, const Event& event) const;
    /// Counts an event, or several that were sent at once.
    void on_sent(std::string_view stream, const Result<void>& outcome, std::size_t events = 1) const;

    /// Starts the span `process <stream>` (CONSUMER), linked to the producer.
    telemetry::Span start_process(const CallContext& ctx, const Subscription& subscription, const Event& event) const;
    /// Starts the span for events that are handled at once, linked to the producers of the first of
    /// them.
    telemetry::Span start_process(const CallContext& ctx, const Subscription& subscription, std::span<const Event> events) const;
    void on_processed(const Subscription& subscription, std::chrono::duration<double> took, const Result<void>& outcome) const;
    /// Reports an exception that left the handler.
    void on_handler_failed(const CallContext& ctx, const Subscription& subscription, const Event& event,
                           std::string_view what) const;
    void on_dead_letter(const CallContext& ctx, const Subscription& subscription, const Event& event) const;

    const telemetry::Telemetry& telemetry() const { return telemetry_; }

 private:
    /// The series of the events that were sent to a stream.
    struct SentSeries {
        std::string stream;
        telemetry::Counter count;
    };
    /// The series of the events that a group of a stream has handled.
    struct ProcessedSeries {
        std::string stream;
        std::string group;
        telemetry::Histogram durations;
    };

    telemetry::Span start_any_process(const CallContext& ctx, const Subscription& subscription) const;
    const telemetry::Counter& sent(std::string_view stream) const;
    const telemetry::Histogram& processed(const Subscription& subscription) const;

    telemetry::Telemetry telemetry_;
    std::string_view system_;
    /// The series of successes are bound when they are first used. A program has few of them.
    mutable std::vector<SentSeries> sent_;
    mutable std::vector<ProcessedSeries> processed_;
};

}  // namespace tw::events
