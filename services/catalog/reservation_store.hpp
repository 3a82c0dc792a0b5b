#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/catalog/reservation.hpp"
#include "services/catalog/stock_movement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tw::catalog {

/// A position in the list of overdue reservations, which is ordered by the time at which they
/// expire. The default is the position before the first one.
struct OverdueCursor {
    Timestamp expires_at = Timestamp::from_unix_micros(-62'135'596'800'000'000);
    std::string order_id;
};

/// Some of the overdue reservations.
struct OverdueReservations {
    std::vector<OrderId> orders;
    /// The position after these. It is absent if there are no more.
    std::optional<OverdueCursor> next;
};

/// Reads and writes reservations, and the stock that they reserve. The database itself refuses to
/// reserve more than there is, so a decision that was based on an older read cannot oversell. A
/// store belongs to one loop, as its database does. Every call may fail as sql::Database does.
/// Stored rows that cannot be read are DATA_LOSS (ROW_UNREADABLE). Each function names its other
/// errors.
class ReservationStore {
 public:
    ReservationStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, reservations_{telemetry, "reservations"}, lines_{telemetry, "reservation_lines"} {}

    /// Reserves the stock of all lines or of none. Fails with ALREADY_EXISTS (RESERVATION_EXISTS)
    /// if the order has a reservation, and with FAILED_PRECONDITION (OUT_OF_STOCK), without
    /// violations, if there is too little stock for some line.
    Task<Result<void>> reserve(const CallContext& ctx, Reservation reservation);

    /// Stores a released reservation without lines, so that nothing can be reserved for the order
    /// from now on. Fails with ALREADY_EXISTS (RESERVATION_EXISTS) if the order has a reservation.
    Task<Result<void>> close(const CallContext& ctx, OrderId order_id, Timestamp now);

    Task<Result<std::optional<Reservation>>> find(const CallContext& ctx, OrderId order_id);
    Task<Result<std::vector<ReservedLine>>> find_lines(const CallContext& ctx, OrderId order_id);

    /// Stores the new status of a reservation, and moves the stock of its lines as effect_of says:
    /// a held reservation is committed, released or expires, and a committed one is restocked.
    /// `movements` are the lines of the journal about this, in the same unit. Fails with ABORTED
    /// (CONTENDED) if the reservation has another status by now, and with DATA_LOSS (STOCK_DAMAGED)
    /// if less stock is reserved than the lines say.
    Task<Result<void>> move(const CallContext& ctx, Reservation reservation, std::vector<StockMovement> movements);

    /// Lists at most `count_max` orders whose reservations are held and expire by `now`, from the
    /// position `after` on. Rows that cannot be read are left out.
    Task<Result<OverdueReservations>> overdue(const CallContext& ctx, Timestamp now, OverdueCursor after, std::int64_t count_max);

 private:
    sql::Database& database_;
    sql::RowReader reservations_;
    sql::RowReader lines_;
};

}  // namespace tw::catalog
