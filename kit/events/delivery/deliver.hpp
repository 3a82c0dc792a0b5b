#pragma once

#include "kit/events/bus.hpp"
#include "kit/events/delivery/event_observer.hpp"

#include <span>

namespace tw::events {

enum class Delivery : std::uint8_t {
    handled,
    hopeless,   ///< every allowed attempt failed
    abandoned,  ///< the consumer is to end
};

/// Passes one event to the handler until it succeeds, with retries. Each attempt is a span.
Task<Delivery> deliver(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                       const Handler& handler, const Event& event);

/// Passes all events to the subscription's handle_batch, once. Returns whether it has handled them.
/// The attempt is one span with links to the traces of the events. An exception of the handler is a
/// failure; it is reported when the events are delivered alone.
Task<bool> deliver_batch(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                         std::span<const Event> events);

}  // namespace tw::events
