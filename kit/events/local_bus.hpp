#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/events/bus.hpp"
#include "kit/events/delivery/event_observer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace tw::events {

/// Streams within this process and loop, for the placement without Redis. The events are lost when
/// the process ends; the outbox, from which the streams are filled, still has them.
///
/// A stream keeps `events_max` events. A new event replaces the oldest one that all groups have
/// received. If there is none, publishing fails with UNAVAILABLE (BUS_FULL). A new group begins
/// with the events that the stream still has when the group first consumes.
class LocalBus final : public Bus {
 public:
    explicit LocalBus(telemetry::Telemetry telemetry, std::size_t events_max = 10'000)
        : observer_{telemetry, "local"}, events_max_{events_max} {}

    Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) override;
    Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) override;

 private:
    struct Group {
        /// The number of the next event that no consumer of the group has received.
        std::uint64_t next = 0;
        /// Events of consumers that ended before they had finished. They are delivered first.
        std::map<std::uint64_t, Event> abandoned;
    };
    struct Stream {
        std::deque<Event> events;
        /// The number of the oldest event that is kept.
        std::uint64_t first = 0;
        std::map<std::string, Group, std::less<>> groups;
        WaitList waiters;
    };

    Stream& stream_of(std::string_view name);
    Result<void> append(std::string_view stream, Event event);

    EventObserver observer_;
    std::size_t events_max_;
    std::map<std::string, std::unique_ptr<Stream>, std::less<>> streams_;
};

}  // namespace tw::events
