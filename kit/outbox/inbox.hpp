#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/error.hpp"
#include "kit/events/bus.hpp"
#include "kit/sql/statement.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::outbox {

/// Adds to the unit of what a consumer does for an event that it has done so. If the consumer has
/// applied the event before, nothing of the unit takes effect and the write fails: see
/// `was_applied`. So an event that is delivered several times is applied once. `consumer` is a
/// constant, such as "order.timeline".
void mark_applied(sql::Unit& unit, std::string_view consumer, std::string event_id, Timestamp now);
/// Marks several events. If the consumer has applied one of them before, nothing of the unit takes
/// effect; a handler of batches then fails, and gets the events one by one.
void mark_applied(sql::Unit& unit, std::string_view consumer, std::span<const events::Event> events, Timestamp now);

/// Whether the error says that the consumer has applied the event before. The handler of the event
/// then succeeds.
bool was_applied(const Error& error);

}  // namespace tw::outbox
