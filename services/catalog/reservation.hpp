#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"
#include "services/catalog/product.hpp"

#include <vector>

namespace tw::catalog {

/// The order service's id of an order. The catalogue knows nothing else of an order.
using OrderId = Id<struct Order>;

/// A reservation that is `held` has its stock reserved. The stock of one that is `committed` is
/// sold, and may be put back once. The other three are final.
enum class ReservationStatus : std::uint8_t { held, committed, released, expired, restocked };
enum class ReservationEvent : std::uint8_t { commit, release, expire, restock };

std::string_view status_name(ReservationStatus status);
std::optional<ReservationStatus> parse_reservation_status(std::string_view name);

/// Every change of status that a reservation may make. An event that is repeated changes nothing.
inline constexpr std::array kReservationTransitions{
    Transition{ReservationStatus::held, ReservationEvent::commit, ReservationStatus::committed},
    Transition{ReservationStatus::held, ReservationEvent::release, ReservationStatus::released},
    Transition{ReservationStatus::held, ReservationEvent::expire, ReservationStatus::expired},
    Transition{ReservationStatus::committed, ReservationEvent::restock, ReservationStatus::restocked},
    Transition{ReservationStatus::committed, ReservationEvent::commit, ReservationStatus::committed},
    Transition{ReservationStatus::released, ReservationEvent::release, ReservationStatus::released},
    // The stock was released when the reservation expired, so there is nothing left to release.
    Transition{ReservationStatus::expired, ReservationEvent::release, ReservationStatus::expired},
    Transition{ReservationStatus::restocked, ReservationEvent::restock, ReservationStatus::restocked},
};

/// Returns the status that follows, or nothing if `event` may not happen to a reservation in
/// `status`.
constexpr std::optional<ReservationStatus> next(ReservationStatus status, ReservationEvent event) {
    return find_next(kReservationTransitions, status, event);
}

/// What happens to the stock of a product for each piece of a reservation.
struct StockEffect {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
};

/// Returns what happens to the stock when a reservation comes into `status`.
constexpr StockEffect effect_of(ReservationStatus status) {
    switch (status) {
        case ReservationStatus::held:
            return {.on_hand = 0, .reserved = 1};
        case ReservationStatus::committed:
            return {.on_hand = -1, .reserved = -1};
        case ReservationStatus::released:
        case ReservationStatus::expired:
            return {.on_hand = 0, .reserved = -1};
        case ReservationStatus::restocked:
            return {.on_hand = 1, .reserved = 0};
    }
    return {};
}

/// Whether an order whose reservation has `status` cannot have its stock any more.
constexpr bool is_given_back(ReservationStatus status) {
    return status != ReservationStatus::held && status != ReservationStatus::committed;
}

struct LineRequest {
    /// The id as the caller wrote it. It may be no valid id, and then names no product.
    std::string product_id;
    std::int32_t quantity = 0;
};

/// A line of a reservation, with the product's name and price at the time of the reservation.
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

/// Whether the reservation has exactly these lines.
bool has_lines(const Reservation& reservation, const std::vector<LineRequest>& lines);

}  // namespace tw::catalog
