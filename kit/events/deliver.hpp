#pragma once

#include "kit/events/bus.hpp"
#include "kit/events/event_observer.hpp"

namespace tw::events {

enum class Delivery : std::uint8_t {
    handled,
    hopeless,   ///< it was tried as often as it may be
    abandoned,  ///< the consumer is to end
};

/// Hands one event to the handler, again and again until it succeeds. Each attempt is a span.
Task<Delivery> deliver(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                       const Handler& handler, const Event& event);

}  // namespace tw::events
