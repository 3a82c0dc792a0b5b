#pragma once

#include "kit/base/random.hpp"
#include "services/catalog/product_store.hpp"
#include "services/catalog/reservation_store.hpp"
#include "services/catalog/stock_metrics.hpp"

#include <chrono>
#include <optional>

namespace tw::catalog {

/// What a sweep of overdue reservations did.
struct Sweep {
    /// The number of reservations that expired.
    int expired = 0;
    /// The number of reservations that could not be ended, and the last error.
    int failed = 0;
    std::optional<Error> failure;
};

/// Reserves stock for orders, then commits or releases it, and puts committed stock back. Every
/// call may be repeated: a repeated call changes nothing and has the same answer. It belongs to one
/// loop.
class StockReservations {
 public:
    StockReservations(ProductStore& products, ReservationStore& reservations, const Clock& clock, Random& random,
                      telemetry::Meter& meter)
        : products_{products},
          reservations_{reservations},
          clock_{clock},
          random_{random},
          reserved_{meter.counter(kStockReserved)} {}

    /// Reserves all lines or none, for `lifetime`. Fails with INVALID_ARGUMENT (PRODUCT_NOT_FOUND)
    /// and FAILED_PRECONDITION (OUT_OF_STOCK), with the lines as violations. Fails with
    /// FAILED_PRECONDITION if the order has a reservation that was ended (RESERVATION_CLOSED) or
    /// that has other lines (RESERVATION_DIFFERS).
    Task<Result<Reservation>> reserve(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                      std::chrono::seconds lifetime);

    /// Commits, releases or restocks an order's reservation. `reason` is that of a restock, for the
    /// journal. Fails with FAILED_PRECONDITION (RESERVATION_CLOSED) if the reservation's status
    /// does not allow it. A commit or restock of an order without reservation fails with NOT_FOUND
    /// (RESERVATION_NOT_FOUND). A release of such an order closes it: the call that reserves its
    /// stock may still be on its way, and is refused when it comes.
    Task<Result<Reservation>> end(const CallContext& ctx, OrderId order_id, ReservationEvent event, std::string reason = {});

    /// Expires all reservations whose time is over, many in one commit. Those that cannot be ended
    /// are counted and left out. Fails if the overdue reservations cannot be listed. Any number of
    /// replicas may do it at the same time.
    Task<Result<Sweep>> expire_overdue(const CallContext& ctx);

 private:
    using Products = std::vector<Result<std::optional<Product>>>;

    Task<Result<Reservation>> try_reserve(const CallContext& ctx, OrderId order_id, const std::vector<LineRequest>& lines,
                                          std::chrono::seconds lifetime);
    Task<Result<Reservation>> try_end(const CallContext& ctx, OrderId order_id, ReservationEvent event,
                                      const std::string& reason);
    /// Makes the lines of the journal about a reservation that is committed or restocked.
    std::vector<StockMovement> movements_of(const CallContext& ctx, const Reservation& reservation, const std::string& reason);
    /// Reads the product of each line, which is absent if the line names none.
    Task<Products> find_products(const CallContext& ctx, const std::vector<LineRequest>& lines);
    /// Answers a call that cannot make a reservation: with the one that the order has, or else with
    /// the error. An order seldom has one before, so it is looked for only then.
    Task<Result<Reservation>> repeat_or(const CallContext& ctx, OrderId order_id, const std::vector<LineRequest>& lines,
                                        Error otherwise);
    Task<Result<std::optional<Product>>> find_product(const CallContext& ctx, std::string id);
    /// Closes an order that has no reservation, so that none can be made for it.
    Task<Result<Reservation>> close(const CallContext& ctx, OrderId order_id);
    /// Releases the stock of an overdue reservation.
    Task<Result<void>> expire(const CallContext& ctx, OrderId order_id, Timestamp now);

    ProductStore& products_;
    ReservationStore& reservations_;
    const Clock& clock_;
    Random& random_;
    telemetry::Counter reserved_;
};

}  // namespace tw::catalog
