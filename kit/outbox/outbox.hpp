#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/sql/statement.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tw::outbox {

/// An event that a change causes.
struct NewEvent {
    /// The stream: the name of the module that writes it, such as "order". A constant.
    std::string_view stream;
    /// The type, such as "order.created". A constant.
    std::string_view type;
    /// The id of the aggregate that changed. Its events are published in the order of their times.
    std::string aggregate_id;
    /// UTF-8 text without NUL, such as JSON.
    std::string payload;
    /// When the aggregate changed. It must be later than the aggregate's event before, also when
    /// the change was made by another replica, whose clock may differ: take the later one of the
    /// clock and the aggregate's last change plus a microsecond.
    Timestamp at;
};

/// How many parts the events of a database are divided into. Each part is published by one replica
/// at a time, and all events of an aggregate are in one part.
inline constexpr std::int64_t kPartitions = 16;
std::int64_t partition_of(std::string_view aggregate_id);

/// Adds `event` to the unit of its change: both are stored, or none is (C. Richardson,
/// "Transactional outbox"). A relay publishes it later (relay.hpp). The event carries the trace of
/// `ctx`.
void add(sql::Unit& unit, const CallContext& ctx, Random& random, NewEvent event);

/// Whether the unit contains events.
bool has_events(const sql::Unit& unit);
/// Whether the unit contains events of another module, which its relay would never publish.
bool has_events_of_others(const sql::Unit& unit, std::string_view module);

}  // namespace tw::outbox
