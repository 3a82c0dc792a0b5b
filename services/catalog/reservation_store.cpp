#include "services/catalog/reservation_store.hpp"

#include "services/mapping/version.hpp"

#include <algorithm>

namespace tw::catalog {
namespace {

constexpr sql::Statement kInsert{
    .summary = "INSERT reservations",
    .text = "INSERT INTO reservations (order_id, status, expires_at, created_at, updated_at) VALUES ($1, 'held', $2, $3, $4)"};

constexpr sql::Statement kInsertLine{
    .summary = "INSERT reservation_lines",
    .text =
        "INSERT INTO reservation_lines (order_id, line_no, product_id, name, unit_price_minor, currency, quantity) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)"};

constexpr sql::Statement kHoldStock{
    .summary = "UPDATE stock hold",
    .text = "UPDATE stock SET reserved = reserved + $2 WHERE product_id = $1 AND on_hand - reserved >= $2"};

constexpr sql::Statement kFind{.summary = "SELECT reservations",
                               .text = "SELECT status, expires_at, created_at, updated_at FROM reservations WHERE order_id = $1"};

constexpr sql::Statement kFindLines{.summary = "SELECT reservation_lines",
                                    .text =
                                        "SELECT product_id, name, unit_price_minor, currency, quantity FROM reservation_lines "
                                        "WHERE order_id = $1 ORDER BY line_no"};

constexpr sql::Statement kEnd{
    .summary = "UPDATE reservations",
    .text = "UPDATE reservations SET status = $2, updated_at = $3 WHERE order_id = $1 AND status = 'held'"};

constexpr sql::Statement kGiveBack{.summary = "UPDATE stock give back",
                                   .text =
                                       "UPDATE stock SET reserved = reserved - (SELECT SUM(l.quantity) FROM reservation_lines l "
                                       "WHERE l.order_id = $1 AND l.product_id = stock.product_id) "
                                       "WHERE product_id IN (SELECT product_id FROM reservation_lines WHERE order_id = $1)"};

constexpr sql::Statement kTake{.summary = "UPDATE stock take",
                               .text =
                                   "UPDATE stock SET on_hand = on_hand - (SELECT SUM(l.quantity) FROM reservation_lines l "
                                   "WHERE l.order_id = $1 AND l.product_id = stock.product_id), "
                                   "reserved = reserved - (SELECT SUM(l.quantity) FROM reservation_lines l "
                                   "WHERE l.order_id = $1 AND l.product_id = stock.product_id) "
                                   "WHERE product_id IN (SELECT product_id FROM reservation_lines WHERE order_id = $1)"};

constexpr sql::Statement kOverdue{
    .summary = "SELECT reservations overdue",
    .text = "SELECT order_id FROM reservations WHERE status = 'held' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"};

ReservedLine read_line(const sql::Row& row) {
    return {.product_id = ProductId::parse(row.get<std::string>(0)).value(),
            .quantity = row.get<std::int32_t>(4),
            .name = row.get<std::string>(1),
            .unit_price = Money{row.get<std::int64_t>(2), row.parsed(3, Currency::from_stored)}};
}

}  // namespace

Task<Result<void>> ReservationStore::hold(const CallContext& ctx, Reservation reservation) {
    sql::Unit unit;
    unit.add(kInsert, reservation.order_id, reservation.expires_at, reservation.created_at, reservation.updated_at);
    for (std::size_t i = 0; i < reservation.lines.size(); ++i) {
        const auto& line = reservation.lines[i];
        unit.add(kInsertLine, reservation.order_id, i, line.product_id.text(), line.name, line.unit_price.minor(),
                 line.unit_price.currency().code(), line.quantity);
    }
    // Rows are locked in one order, whatever the order of the lines, so that two orders never wait for each other.
    std::ranges::sort(reservation.lines, {}, &ReservedLine::product_id);
    for (const auto& line : reservation.lines) unit.add_one_row(kHoldStock, line.product_id.text(), line.quantity);

    auto written = co_await database_.write(ctx, std::move(unit));
    if (written) co_return written;
    if (sql::violates(written.error(), "reservations_pkey")) {
        co_return Error{Code::already_exists, "RESERVATION_EXISTS", "the order has a reservation"};
    }
    if (written.error().reason() == "ROWS_UNEXPECTED") {
        co_return Error{Code::failed_precondition, "OUT_OF_STOCK", "there is not enough stock"};
    }
    co_return written;
}

Task<Result<std::optional<Reservation>>> ReservationStore::find(const CallContext& ctx, OrderId order_id) {
    auto row = co_await database_.query_row(ctx, kFind, order_id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<Reservation>{};
    auto lines = co_await database_.query(ctx, kFindLines, order_id);
    if (!lines) co_return std::move(lines).error();

    Reservation reservation{.order_id = order_id,
                            .lines = {},
                            .status = parse_reservation_status((*row)->get<std::string>(0)).value(),
                            .expires_at = (*row)->get<Timestamp>(1),
                            .created_at = (*row)->get<Timestamp>(2),
                            .updated_at = (*row)->get<Timestamp>(3)};
    for (const auto& line : *lines) reservation.lines.push_back(read_line(line));
    co_return std::optional{std::move(reservation)};
}

Task<Result<void>> ReservationStore::end(const CallContext& ctx, OrderId order_id, ReservationStatus as, Timestamp now) {
    sql::Unit unit;
    // First the reservation: it is held only once, so the stock moves only once.
    unit.add_one_row(kEnd, order_id, status_name(as), now);
    unit.add(as == ReservationStatus::committed ? kTake : kGiveBack, order_id);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && written.error().reason() == "ROWS_UNEXPECTED") co_return contended();
    co_return written;
}

Task<Result<std::vector<OrderId>>> ReservationStore::overdue(const CallContext& ctx, Timestamp now, std::int64_t count_max) {
    auto rows = co_await database_.query(ctx, kOverdue, now, count_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<OrderId> orders;
    orders.reserve(rows->size());
    for (const auto& row : *rows) orders.push_back(row.get<OrderId>(0));
    co_return orders;
}

}  // namespace tw::catalog
