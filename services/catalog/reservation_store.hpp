#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/catalog/reservation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tw::catalog {

/// A place in the list of overdue holds, which is ordered by when they ended. At first before all of them.
struct OverdueCursor {
    Timestamp expires_at = Timestamp::from_unix_micros(-62'135'596'800'000'000);
    std::string order_id;
};

/// Some overdue holds.
struct OverdueHolds {
    std::vector<OrderId> orders;
    /// Where the next ones begin; nothing after the last.
    std::optional<OverdueCursor> next;
};

/// Reservations and the stock that they hold, in the database. Stock is only ever taken by a statement that the database refuses
/// where there is too little, so that no reading beforehand can be wrong. Belongs to one loop, as its database does. Beside what
/// is named below, every call fails as sql::Database does, and with DATA_LOSS where stored rows cannot be read.
class ReservationStore {
 public:
    ReservationStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, reservations_{telemetry, "reservations"}, lines_{telemetry, "reservation_lines"} {}

    /// Holds the stock of all lines or of none. ALREADY_EXISTS (RESERVATION_EXISTS) when the order has a reservation,
    /// FAILED_PRECONDITION (OUT_OF_STOCK), without violations, when some line could not be held.
    Task<Result<void>> hold(const CallContext& ctx, Reservation reservation);

    /// Writes that the order holds nothing and never will: a released reservation without lines. ALREADY_EXISTS
    /// (RESERVATION_EXISTS) when the order has a reservation.
    Task<Result<void>> close(const CallContext& ctx, OrderId order_id, Timestamp now);

    Task<Result<std::optional<Reservation>>> find(const CallContext& ctx, OrderId order_id);
    Task<Result<std::vector<ReservedLine>>> find_lines(const CallContext& ctx, OrderId order_id);

    /// Ends the held reservation that has these lines: committed takes its stock, released and expired give it back. ABORTED
    /// (CONTENDED) when it is not held any more, DATA_LOSS (STOCK_DAMAGED) where less stock is held than the lines say.
    Task<Result<void>> end(const CallContext& ctx, OrderId order_id, std::vector<ReservedLine> lines, ReservationStatus as,
                           Timestamp now);

    /// At most `count_max` of the orders whose hold was to end by `now`, from `after` on. Rows that cannot be read are left out.
    Task<Result<OverdueHolds>> overdue(const CallContext& ctx, Timestamp now, OverdueCursor after, std::int64_t count_max);

 private:
    sql::Database& database_;
    sql::RowReader reservations_;
    sql::RowReader lines_;
};

}  // namespace tw::catalog
