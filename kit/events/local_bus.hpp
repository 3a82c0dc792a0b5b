#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/events/bus.hpp"
#include "kit/events/event_observer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

namespace tw::events {

/// Streams within this process and loop, for the placement that has no Redis. What is in them goes with the process: the outbox,
/// from which they are filled, remembers.
///
/// A stream keeps `events_max` events. A new one takes the place of the oldest that all groups have had; where there is none,
/// publishing fails: UNAVAILABLE (BUS_FULL). Groups begin with what the stream still has when they first consume.
class LocalBus final : public Bus {
 public:
    explicit LocalBus(telemetry::Telemetry telemetry, std::size_t events_max = 10'000)
        : observer_{telemetry, "local"}, events_max_{events_max} {}

    Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) override;
    Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) override;

 private:
    struct Group {
        /// The number of the next event that nobody has had.
        std::uint64_t next = 0;
        /// Of consumers that ended before they had finished; first in line.
        std::map<std::uint64_t, Event> abandoned;
    };
    struct Stream {
        std::deque<Event> events;
        /// The number of the first one kept.
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
