#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/random.hpp"
#include "kit/sql/statement.hpp"
#include "services/order/order_changes.hpp"

#include <string>
#include <string_view>

namespace tw::order {

/// The stream of all events of orders. Their payload is a TimelineEntry in JSON.
inline constexpr std::string_view kOrderStream = "order";
/// Who makes a change that nobody asked for.
inline constexpr std::string_view kSystemActor = "system";

/// Returns the name under which events tell who makes the call: the caller's id, or "anonymous".
std::string caller_name(const CallContext& ctx);

/// Returns the payload of the change's event: the entry of the timeline that tells of it. The trace
/// is that of `ctx`.
std::string payload_of(const CallContext& ctx, const OrderChange& change, std::string_view actor);

/// Adds to `unit` that the changed order is written over its version before, and the event of the
/// change. `actor` is who made it.
void record(sql::Unit& unit, const CallContext& ctx, Random& random, const OrderChange& change, std::string_view actor);
/// Adds a new order and its event to `unit`.
void record_new(sql::Unit& unit, const CallContext& ctx, Random& random, const Order& order, std::string_view actor);

}  // namespace tw::order
