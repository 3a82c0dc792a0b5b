#pragma once

#include "services/catalog/product_store.hpp"
#include "services/catalog/reservation_store.hpp"
#include "services/catalog/stock_metrics.hpp"

#include <chrono>

namespace tw::catalog {

/// Hands out stock: holds it for orders, then takes it or gives it back. Every call may be repeated: what has happened
/// already is answered, not done again. Belongs to one loop.
class StockDesk {
 public:
    StockDesk(ProductStore& products, ReservationStore& reservations, const Clock& clock, telemetry::Meter& meter)
        : products_{products}, reservations_{reservations}, clock_{clock}, reserved_{meter.counter(kStockReserved)} {}

    /// Holds all lines or none, for `lifetime`. INVALID_ARGUMENT (PRODUCT_NOT_FOUND) and FAILED_PRECONDITION (OUT_OF_STOCK)
    /// with the lines as violations; FAILED_PRECONDITION (RESERVATION_CLOSED, RESERVATION_DIFFERS) when the order has a
    /// reservation that has ended, or is for something else.
    Task<Result<Reservation>> hold(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                   std::chrono::seconds lifetime);

    /// Commits or releases. NOT_FOUND (RESERVATION_NOT_FOUND), FAILED_PRECONDITION (RESERVATION_CLOSED).
    Task<Result<Reservation>> end(const CallContext& ctx, OrderId order_id, ReservationEvent event);

    /// Ends some holds whose time is over; the number of those that this call ended. Any number of replicas may do it at once.
    Task<Result<int>> expire_overdue(const CallContext& ctx);

 private:
    /// The lines at today's names and prices.
    Task<Result<std::vector<ReservedLine>>> price(const CallContext& ctx, const std::vector<LineRequest>& lines);
    /// Which lines there is too little for; none when there is enough by now.
    Task<Result<std::vector<Violation>>> shortages(const CallContext& ctx, const std::vector<ReservedLine>& lines);

    ProductStore& products_;
    ReservationStore& reservations_;
    const Clock& clock_;
    telemetry::Counter reserved_;
};

}  // namespace tw::catalog
