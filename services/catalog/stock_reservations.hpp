#pragma once

#include "services/catalog/product_store.hpp"
#include "services/catalog/reservation_store.hpp"
#include "services/catalog/stock_metrics.hpp"

#include <chrono>
#include <optional>

namespace tw::catalog {

/// What a sweep of overdue holds did.
struct Sweep {
    /// Holds that it ended.
    int expired = 0;
    /// Holds that it could not end, and the last reason.
    int failed = 0;
    std::optional<Error> failure;
};

/// Hands out stock: holds it for orders, then takes it or gives it back. Every call may be repeated: what has happened
/// already is answered, not done again. Belongs to one loop.
class StockReservations {
 public:
    StockReservations(ProductStore& products, ReservationStore& reservations, const Clock& clock, telemetry::Meter& meter)
        : products_{products}, reservations_{reservations}, clock_{clock}, reserved_{meter.counter(kStockReserved)} {}

    /// Holds all lines or none, for `lifetime`. INVALID_ARGUMENT (PRODUCT_NOT_FOUND) and FAILED_PRECONDITION (OUT_OF_STOCK)
    /// with the lines as violations; FAILED_PRECONDITION (RESERVATION_CLOSED, RESERVATION_DIFFERS) when the order has a
    /// reservation that has ended, or is for something else.
    Task<Result<Reservation>> hold(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                   std::chrono::seconds lifetime);

    /// Commits or releases. FAILED_PRECONDITION (RESERVATION_CLOSED); NOT_FOUND (RESERVATION_NOT_FOUND) for a commit of an order
    /// without reservation. A release of such an order closes it: the hold that it undoes may still be on its way, and is refused
    /// when it comes.
    Task<Result<Reservation>> end(const CallContext& ctx, OrderId order_id, ReservationEvent event);

    /// Ends all holds whose time is over, many in one commit. What cannot be ended is left out. Fails where the overdue holds
    /// cannot be listed. Any number of replicas may do it at once.
    Task<Result<Sweep>> expire_overdue(const CallContext& ctx);

 private:
    using Found = std::pair<Result<std::optional<Reservation>>, std::vector<Result<std::optional<Product>>>>;

    /// The order's reservation, and the products of the lines, absent where a line names none.
    Task<Found> look(const CallContext& ctx, OrderId order_id, const std::vector<LineRequest>& lines);
    Task<Result<std::optional<Product>>> find_product(const CallContext& ctx, std::string id);
    /// Closes an order that has no reservation.
    Task<Result<Reservation>> close(const CallContext& ctx, OrderId order_id);
    /// Gives back what an overdue hold has.
    Task<Result<void>> expire(const CallContext& ctx, OrderId order_id, Timestamp now);

    ProductStore& products_;
    ReservationStore& reservations_;
    const Clock& clock_;
    telemetry::Counter reserved_;
};

}  // namespace tw::catalog
