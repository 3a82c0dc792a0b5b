#include "services/catalog/reservation_store.hpp"

#include "kit/sql/text.hpp"
#include "services/catalog/reasons.hpp"
#include "services/catalog/stock_moves.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/reasons.hpp"

#include <utility>

namespace tw::catalog {
namespace {

constexpr sql::Text kReservationColumns{"order_id, status, expires_at, created_at, updated_at, restocked"};
constexpr sql::Text kReservedLineColumns{"order_id, line_no, product_id, name, unit_price_minor, currency, quantity"};

constexpr sql::Statement kInsertReservation{
    .summary = "INSERT reservations", .text = sql::insert<"reservations", kReservationColumns>, .row_of = "reservations"};

constexpr sql::Statement kInsertLine{.summary = "INSERT reservation_lines",
                                     .text = sql::insert<"reservation_lines", kReservedLineColumns>};

constexpr sql::Statement kFindReservation{
    .summary = "SELECT reservations",
    .text = sql::text<"SELECT ", kReservationColumns, " FROM reservations WHERE order_id = $1">};

constexpr sql::Statement kFindLines{
    .summary = "SELECT reservation_lines",
    .text = sql::text<"SELECT ", kReservedLineColumns, " FROM reservation_lines WHERE order_id = $1 ORDER BY line_no">};

constexpr sql::Statement kEnd{
    .summary = "UPDATE reservations",
    .text = "UPDATE reservations SET status = $2, updated_at = $3 WHERE order_id = $1 AND status = 'held'",
    .row_of = "reservations"};

// The status stays `committed` in its column: replicas of the version before know no other.
constexpr sql::Statement kRestock{
    .summary = "UPDATE reservations restocked",
    .text =
        "UPDATE reservations SET restocked = $2, updated_at = $3 WHERE order_id = $1 AND status = 'committed' AND NOT restocked",
    .row_of = "reservations"};

// The condition `expires_at >= $2` follows from the last one. It is there so that the engine can
// use the index.
constexpr sql::Statement kOverdue{
    .summary = "SELECT reservations overdue",
    .text =
        "SELECT order_id, expires_at FROM reservations WHERE status = 'held' AND expires_at <= $1 AND expires_at >= $2 "
        "AND (expires_at > $2 OR order_id > $3) ORDER BY expires_at, order_id LIMIT $4"};

ReservationStatus status_of_row(const sql::Row& row) {
    if (row.get<bool>(kReservationColumns.at("restocked"))) return ReservationStatus::restocked;
    return row.parsed(kReservationColumns.at("status"), parse_reservation_status);
}

Reservation read_reservation(const sql::Row& row) {
    return {.order_id = row.get<OrderId>(kReservationColumns.at("order_id")),
            .lines = {},
            .status = status_of_row(row),
            .expires_at = row.get<Timestamp>(kReservationColumns.at("expires_at")),
            .created_at = row.get<Timestamp>(kReservationColumns.at("created_at")),
            .updated_at = row.get<Timestamp>(kReservationColumns.at("updated_at"))};
}

ReservedLine read_line(const sql::Row& row) {
    return {.product_id = row.parsed(kReservedLineColumns.at("product_id"), ProductId::parse),
            .quantity = row.get<std::int32_t>(kReservedLineColumns.at("quantity")),
            .name = row.get<std::string>(kReservedLineColumns.at("name")),
            .unit_price = Money{row.get<std::int64_t>(kReservedLineColumns.at("unit_price_minor")),
                                row.parsed(kReservedLineColumns.at("currency"), Currency::from_stored)}};
}

OrderId read_order_id(const sql::Row& row) { return row.get<OrderId>(0); }

Error explain_insert(Error error) {
    if (sql::violates(error, "reservations_pkey")) {
        return Error{Code::already_exists, reason::kReservationExists, "the order has a reservation"};
    }
    if (sql::violates(error, kStockCheck))
        return Error{Code::failed_precondition, reason::kOutOfStock, "there is not enough stock"};
    return error;
}

}  // namespace

Task<Result<void>> ReservationStore::reserve(const CallContext& ctx, Reservation reservation) {
    sql::Unit unit;
    unit.add(kInsertReservation, reservation.order_id, status_name(ReservationStatus::held), reservation.expires_at,
             reservation.created_at, reservation.updated_at, false);
    for (std::size_t i = 0; i < reservation.lines.size(); ++i) {
        const auto& line = reservation.lines[i];
        unit.add(kInsertLine, reservation.order_id, i, line.product_id.text(), line.name, line.unit_price.minor(),
                 line.unit_price.currency().code(), line.quantity);
        unit.add(kMoveStock, line.product_id.text(), 0, line.quantity);
    }
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_insert(std::move(written).error());
    co_return written;
}

Task<Result<void>> ReservationStore::close(const CallContext& ctx, OrderId order_id, Timestamp now) {
    sql::Unit unit;
    unit.add(kInsertReservation, order_id, status_name(ReservationStatus::released), now, now, now, false);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_insert(std::move(written).error());
    co_return written;
}

Task<Result<std::optional<Reservation>>> ReservationStore::find(const CallContext& ctx, OrderId order_id) {
    auto row = co_await database_.query_row(ctx, kFindReservation, order_id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<Reservation>{};
    auto reservation = reservations_.read(ctx, **row, read_reservation);
    if (!reservation) co_return std::move(reservation).error();
    auto lines = co_await find_lines(ctx, order_id);
    if (!lines) co_return std::move(lines).error();
    reservation->lines = *std::move(lines);
    co_return std::optional{*std::move(reservation)};
}

Task<Result<std::vector<ReservedLine>>> ReservationStore::find_lines(const CallContext& ctx, OrderId order_id) {
    auto rows = co_await database_.query(ctx, kFindLines, order_id);
    if (!rows) co_return std::move(rows).error();
    std::vector<ReservedLine> lines;
    lines.reserve(rows->size());
    for (const auto& row : *rows) {
        // If a line were left out, too little stock would be committed or released.
        auto line = lines_.read(ctx, row, read_line);
        if (!line) co_return std::move(line).error();
        lines.push_back(*std::move(line));
    }
    co_return lines;
}

Task<Result<void>> ReservationStore::move(const CallContext& ctx, Reservation reservation, std::vector<StockMovement> movements) {
    sql::Unit unit;
    // Only one such update finds the reservation in its old status, so the stock moves only once.
    if (reservation.status == ReservationStatus::restocked) {
        unit.add_one_row(kRestock, reservation.order_id, true, reservation.updated_at);
    } else {
        unit.add_one_row(kEnd, reservation.order_id, status_name(reservation.status), reservation.updated_at);
    }
    const auto effect = effect_of(reservation.status);
    for (const auto& line : reservation.lines) {
        unit.add(kMoveStock, line.product_id.text(), effect.on_hand * line.quantity, effect.reserved * line.quantity);
    }
    for (const auto& movement : movements) add_movement(unit, movement);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && sql::violates(written.error(), kStockCheck)) {
        co_return Error{Code::data_loss, reason::kStockDamaged, "less stock is reserved than the reservation of the order says"};
    }
    if (!written) co_return explain_update(std::move(written).error());
    co_return written;
}

Task<Result<OverdueReservations>> ReservationStore::overdue(const CallContext& ctx, Timestamp now, OverdueCursor after,
                                                            std::int64_t count_max) {
    auto rows = co_await database_.query(ctx, kOverdue, now, after.expires_at, after.order_id, count_max);
    if (!rows) co_return std::move(rows).error();
    OverdueReservations overdue;
    overdue.orders.reserve(rows->size());
    for (const auto& row : *rows) {
        if (auto order_id = reservations_.read(ctx, row, read_order_id)) overdue.orders.push_back(*order_id);
    }
    if (static_cast<std::int64_t>(rows->size()) == count_max) {
        const auto& last = rows->back();
        overdue.next = OverdueCursor{last.get<Timestamp>(1), sql::key_text(last)};
    }
    co_return overdue;
}

}  // namespace tw::catalog
