#pragma once

#include "kit/sql/database.hpp"
#include "services/catalog/reservation.hpp"

namespace tw::catalog {

/// Reservations and the stock that they hold, in the database. Stock is only ever taken by a statement that also checks that
/// it is there, so that no reading beforehand can be wrong. Belongs to one loop, as its database does. Beside what is named
/// below, every call fails as sql::Database does.
class ReservationStore {
 public:
    explicit ReservationStore(sql::Database& database) : database_{database} {}

    /// Holds the stock of all lines or of none. ALREADY_EXISTS (RESERVATION_EXISTS) when the order has a reservation,
    /// FAILED_PRECONDITION (OUT_OF_STOCK), without violations, when some line could not be held.
    Task<Result<void>> hold(const CallContext& ctx, Reservation reservation);

    Task<Result<std::optional<Reservation>>> find(const CallContext& ctx, OrderId order_id);

    /// Ends a held reservation: committed takes its stock, released and expired give it back. ABORTED (CONTENDED) when it is
    /// not held any more.
    Task<Result<void>> end(const CallContext& ctx, OrderId order_id, ReservationStatus as, Timestamp now);

    /// Some of the orders whose hold was to end before `now`, the longest overdue first.
    Task<Result<std::vector<OrderId>>> overdue(const CallContext& ctx, Timestamp now, std::int64_t count_max);

 private:
    sql::Database& database_;
};

}  // namespace tw::catalog
