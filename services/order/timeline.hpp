#pragma once

#include "kit/base/clock.hpp"
#include "kit/events/bus.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "proto/order.pb.h"
#include "services/order/order.hpp"

#include <span>
#include <string_view>

namespace tw::order {

/// The consumer of the stream of orders that keeps the timeline.
inline constexpr std::string_view kTimelineConsumer = "order.timeline";

/// Keeps what has happened to orders, as their events tell it. It belongs to one loop. Every call
/// may fail as sql::Database does.
class Timeline {
 public:
    Timeline(sql::Database& database, const Clock& clock, telemetry::Telemetry telemetry)
        : database_{database}, clock_{clock}, reader_{telemetry, "order_timeline"} {}

    /// Adds the entry that the event carries. An event that comes twice is added once. Fails with
    /// INVALID_ARGUMENT if its payload is no entry.
    Task<Result<void>> add(const CallContext& ctx, const events::Event& event);
    /// Adds the entries of all events, or none. Also fails if one of them was added before.
    Task<Result<void>> add_all(const CallContext& ctx, std::span<const events::Event> events);
    /// Returns the entries of the order, the oldest first.
    Task<Result<::order::Timeline>> list(const CallContext& ctx, OrderId id);

 private:
    sql::Database& database_;
    const Clock& clock_;
    sql::RowReader reader_;
};

}  // namespace tw::order
