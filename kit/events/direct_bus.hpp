#pragma once

#include "kit/base/clock.hpp"
#include "kit/events/bus.hpp"
#include "kit/events/delivery/event_observer.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::events {

/// Hands events directly to the consumers of this process, for the placement without Redis. An
/// event is published when every group of its stream has handled it, so none is lost if the process
/// ends: whoever publishes, such as the relay of an outbox, still has the event and publishes it
/// again. Groups that handled it before get it twice then, if the process has ended meanwhile.
///
/// The groups work on an event at the same time. An event that a group cannot handle keeps the
/// publisher for a short time only (kTryTimeout), so that it can go on with other events. The bus
/// remembers which groups have handled the event, and when each other one may be asked again: the
/// pauses of the subscription go on from one `publish` of the event to the next.
///
/// Consumers of other processes are not reached. A group that nobody consumes for at the moment
/// misses the event: let consumers begin before the first event is published, and end after the
/// last one.
class DirectBus final : public Bus {
 public:
    /// The consumers of one loop. Several buses may share them, so that each module of a process
    /// has a bus with its own telemetry and still reaches the consumers of the others.
    class Consumers;
    static std::shared_ptr<Consumers> make_consumers();

    explicit DirectBus(telemetry::Telemetry telemetry) : DirectBus{telemetry, make_consumers()} {}
    DirectBus(telemetry::Telemetry telemetry, std::shared_ptr<Consumers> consumers)
        : observer_{telemetry, "local"}, consumers_{std::move(consumers)} {}

    /// How long one `publish` tries an event that a group cannot handle.
    static constexpr std::chrono::milliseconds kTryTimeout{250};

    /// Fails with UNAVAILABLE (NOT_HANDLED) if a group has not handled the event so far, and with
    /// the error of `ctx`. Publish the event again then.
    Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) override;
    /// Hands the events over at once if every group of the stream has a consumer that takes
    /// batches.
    Task<bool> publish_batch(const CallContext& ctx, std::string_view stream, std::span<const Event> events) override;
    /// Lets `handler` handle the events of the stream until `ctx` is over. Of several consumers of
    /// a group, the first gets all events.
    Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) override;

 private:
    /// How far a group has come with an event that was not handled by all groups.
    struct Progress {
        bool handled = false;
        std::chrono::milliseconds pause{0};
        /// When the event may be tried again.
        SteadyTime due{};
    };
    struct Consumer {
        const Subscription* subscription;
        const Handler* handler;
        /// The observer of the bus through which it consumes.
        const EventObserver* observer;
    };

    /// Returns the consumers that get the events of the stream: one of each group.
    std::vector<Consumer> consumers_of(std::string_view stream) const;
    bool is_there(const Consumer& consumer) const;
    Task<Result<void>> hand_over(const CallContext& ctx, std::string_view stream, const Event& event);
    Task<bool> hand_over_batch(const CallContext& ctx, const std::vector<Consumer>& chosen, std::span<const Event> events);
    /// Passes the event to one group, until it has handled it or kTryTimeout has passed.
    Task<Result<void>> hand_to(const CallContext& ctx, Consumer consumer, const Event& event);

    EventObserver observer_;
    std::shared_ptr<Consumers> consumers_;
};

class DirectBus::Consumers {
    friend DirectBus;
    /// How many events that were not handled are remembered. Beyond that number, all are forgotten.
    static constexpr std::size_t kProgressMax = 10'000;

    std::list<Consumer> list_;
    /// By the event's id and the group.
    std::map<std::pair<std::string, std::string>, Progress> progress_;
};

}  // namespace tw::events
