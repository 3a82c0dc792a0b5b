#pragma once

#include "kit/events/bus.hpp"
#include "kit/events/delivery/event_observer.hpp"

namespace tw::events {

enum class Delivery : std::uint8_t {
    handled,
    hopeless,   ///< every allowed attempt failed
    abandoned,  ///< the consumer is to end
};

/// Passes one event to the handler until it succeeds, with retries. Each attempt is a span.
Task<Delivery> deliver(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                       const Handler& handler, const Event& event);

}  // namespace tw::events
