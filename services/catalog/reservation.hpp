#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"
#include "services/catalog/product.hpp"

#include <vector>

namespace tw::catalog {

/// The order service's id of an order; all that the catalogue knows of it.
using OrderId = Id<struct Order>;

enum class ReservationStatus : std::uint8_t { held, committed, released, expired };
enum class ReservationEvent : std::uint8_t { commit, release, expire };

std::string_view status_name(ReservationStatus status);
std::optional<ReservationStatus> parse_reservation_status(std::string_view name);

struct ReservationTransition {
    ReservationStatus from;
    ReservationEvent event;
    ReservationStatus to;
};

/// Every change of status that a reservation may make; what is not listed is refused. An event that is repeated, or that
/// comes when what it wants has happened already, changes nothing.
inline constexpr std::array kReservationTransitions{
    ReservationTransition{ReservationStatus::held, ReservationEvent::commit, ReservationStatus::committed},
    ReservationTransition{ReservationStatus::held, ReservationEvent::release, ReservationStatus::released},
    ReservationTransition{ReservationStatus::held, ReservationEvent::expire, ReservationStatus::expired},
    ReservationTransition{ReservationStatus::committed, ReservationEvent::commit, ReservationStatus::committed},
    ReservationTransition{ReservationStatus::released, ReservationEvent::release, ReservationStatus::released},
    // The stock went back by itself, which is what releasing asks for.
    ReservationTransition{ReservationStatus::expired, ReservationEvent::release, ReservationStatus::expired},
};

/// The status that follows, or nothing where `event` may not happen to a reservation in `status`.
constexpr std::optional<ReservationStatus> next(ReservationStatus status, ReservationEvent event) {
    for (const auto& transition : kReservationTransitions) {
        if (transition.from == status && transition.event == event) return transition.to;
    }
    return std::nullopt;
}

struct LineRequest {
    /// As it came: what is no product's id names no product.
    std::string product_id;
    std::int32_t quantity = 0;
};

/// A held line, with name and price as they were when it was held.
struct ReservedLine {
    ProductId product_id;
    std::int32_t quantity = 0;
    std::string name;
    Money unit_price;
};

struct Reservation {
    OrderId order_id;
    std::vector<ReservedLine> lines;
    ReservationStatus status = ReservationStatus::held;
    Timestamp expires_at;
    Timestamp created_at;
    Timestamp updated_at;
};

/// Whether the reservation holds exactly `lines`.
bool holds(const Reservation& reservation, const std::vector<LineRequest>& lines);

}  // namespace tw::catalog
