#include "services/order/order_store.hpp"

#include "kit/rpc/call_info.hpp"
#include "kit/sql/text.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/row_page.hpp"

#include <algorithm>
#include <span>

namespace tw::order {
namespace {

/// The columns that an Order is read from, and those of its lines.
constexpr sql::Text kColumns{
    "id, user_id, status, line_count, currency, subtotal_minor, shipping_minor, tax_minor, total_minor, payment_id, "
    "payment_status, reason, expires_at, created_at, updated_at, version, capture, tracking, active_flow, payment_attempts"};
constexpr sql::Text kLineColumns{"product_id, name, unit_price_minor, quantity"};
constexpr sql::Text kOrderWithLine{sql::list<sql::qualified<"o", kColumns>, sql::qualified<"l", kLineColumns>>};

constexpr sql::Statement kInsert{.summary = "INSERT orders", .text = sql::insert<"orders", kColumns>};

constexpr sql::Statement kInsertLine{.summary = "INSERT order_lines",
                                     .text = sql::insert<"order_lines", sql::list<"order_id, line_no", kLineColumns>>};

constexpr sql::Statement kFind{.summary = "SELECT orders", .text = sql::text<"SELECT ", kColumns, " FROM orders WHERE id = $1">};

// The owner is part of the statement, so that the orders of others are not found.
constexpr sql::Statement kFindOfUser{.summary = "SELECT orders of user",
                                     .text = sql::text<"SELECT ", kColumns, " FROM orders WHERE id = $1 AND user_id = $2">};

constexpr sql::Statement kFindLines{
    .summary = "SELECT order_lines",
    .text = sql::text<"SELECT ", kLineColumns, " FROM order_lines WHERE order_id = $1 ORDER BY line_no">};

constexpr sql::Statement kUpdate{
    .summary = "UPDATE orders",
    .text =
        "UPDATE orders SET status = $3, payment_id = $4, payment_status = $5, reason = $6, updated_at = $7, capture = $8, "
        "tracking = $9, active_flow = $10, payment_attempts = $11, version = $2 + 1 WHERE id = $1 AND version = $2",
    .row_of = "orders"};

// The index orders_expiry_idx has these orders only.
constexpr sql::Statement kFindOverdue{
    .summary = "SELECT orders overdue",
    .text =
        "SELECT id FROM orders WHERE status = 'pending' AND active_flow = '' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"};

// One statement reads a page of orders with their lines, so that both are of the same moment. An
// order that has lost its lines is read too, so that it counts for the size of the page.
constexpr sql::Statement kListOfUser{
    .summary = "SELECT orders page of user",
    .text = sql::text<"SELECT ", kOrderWithLine,
                      " FROM (SELECT * FROM orders WHERE user_id = $1 AND id > $2 AND ($3 = '' OR status = $3) ",
                      "ORDER BY id LIMIT $4) o LEFT JOIN order_lines l ON l.order_id = o.id ORDER BY o.id, l.line_no">};

constexpr sql::Statement kList{
    .summary = "SELECT orders page",
    .text = sql::text<"SELECT ", kOrderWithLine, " FROM (SELECT * FROM orders WHERE id > $1 AND ($2 = '' OR status = $2) ",
                      "ORDER BY id LIMIT $3) o LEFT JOIN order_lines l ON l.order_id = o.id ORDER BY o.id, l.line_no">};

constexpr sql::Statement kListOfUserNewestFirst{
    .summary = "SELECT orders newest of user",
    .text = sql::text<"SELECT ", kOrderWithLine,
                      " FROM (SELECT * FROM orders WHERE user_id = $1 AND id < $2 AND ($3 = '' OR status = $3) ",
                      "ORDER BY id DESC LIMIT $4) o LEFT JOIN order_lines l ON l.order_id = o.id ORDER BY o.id DESC, l.line_no">};

constexpr sql::Statement kListNewestFirst{
    .summary = "SELECT orders newest",
    .text = sql::text<"SELECT ", kOrderWithLine, " FROM (SELECT * FROM orders WHERE id < $1 AND ($2 = '' OR status = $2) ",
                      "ORDER BY id DESC LIMIT $3) o LEFT JOIN order_lines l ON l.order_id = o.id ORDER BY o.id DESC, l.line_no">};

std::string_view capture_text(const std::optional<Capture>& capture) {
    return capture ? capture_name(*capture) : std::string_view{};
}

std::optional<Capture> read_capture(const sql::Row& row) {
    const auto column = kColumns.at("capture");
    if (row.get<std::string>(column).empty()) return std::nullopt;
    return row.parsed(column, parse_capture);
}

Currency read_currency(const sql::Row& row) { return row.parsed(kColumns.at("currency"), Currency::from_stored); }

/// Reads an order without its lines.
Order read_order(const sql::Row& row) {
    const auto currency = read_currency(row);
    const auto money = [&](std::size_t column) { return Money{row.get<std::int64_t>(column), currency}; };
    return {.id = row.get<OrderId>(kColumns.at("id")),
            .user_id = row.get<UserId>(kColumns.at("user_id")),
            .status = row.parsed(kColumns.at("status"), parse_status),
            .lines = {},
            .totals = {.subtotal = money(kColumns.at("subtotal_minor")),
                       .shipping = money(kColumns.at("shipping_minor")),
                       .tax = money(kColumns.at("tax_minor")),
                       .total = money(kColumns.at("total_minor"))},
            .payment_id = row.get<std::string>(kColumns.at("payment_id")),
            .payment_status = row.parsed(kColumns.at("payment_status"), parse_payment_status),
            .reason = row.get<std::string>(kColumns.at("reason")),
            .expires_at = row.get<Timestamp>(kColumns.at("expires_at")),
            .created_at = row.get<Timestamp>(kColumns.at("created_at")),
            .updated_at = row.get<Timestamp>(kColumns.at("updated_at")),
            .version = row.get<std::int64_t>(kColumns.at("version")),
            .capture = read_capture(row),
            .tracking = row.get<std::string>(kColumns.at("tracking")),
            .active_flow = row.get<std::string>(kColumns.at("active_flow")),
            .payment_attempts = row.get<std::int32_t>(kColumns.at("payment_attempts"))};
}

/// Reads a line whose columns begin at `first`.
Line read_line(const sql::Row& row, std::size_t first, Currency currency) {
    return {.product_id = row.get<std::string>(first + kLineColumns.at("product_id")),
            .name = row.get<std::string>(first + kLineColumns.at("name")),
            .unit_price = Money{row.get<std::int64_t>(first + kLineColumns.at("unit_price_minor")), currency},
            .quantity = row.get<std::int32_t>(first + kLineColumns.at("quantity"))};
}

/// Reads an order with its lines. In the rows of `lines`, the columns of a line begin at `first`.
Order read_whole(const sql::Row& row, std::span<const sql::Row> lines, std::size_t first) {
    auto order = read_order(row);
    if (lines.empty()) throw sql::UnreadableValue{"an order without lines"};
    for (const auto& line : lines) order.lines.push_back(read_line(line, first, read_currency(row)));
    return order;
}

/// Groups the rows by the orders that they belong to.
std::vector<std::span<const sql::Row>> by_order(std::span<const sql::Row> rows) {
    std::vector<std::span<const sql::Row>> orders;
    while (!rows.empty()) {
        std::size_t count = 1;
        while (count < rows.size() && rows[count].at(kColumns.at("id")) == rows[0].at(kColumns.at("id"))) ++count;
        orders.push_back(rows.first(count));
        rows = rows.subspan(count);
    }
    return orders;
}

}  // namespace

void OrderStore::insert(sql::Unit& unit, const Order& order) {
    const auto& totals = order.totals;
    unit.add(kInsert, order.id, order.user_id, status_name(order.status), order.lines.size(), totals.total.currency().code(),
             totals.subtotal.minor(), totals.shipping.minor(), totals.tax.minor(), totals.total.minor(), order.payment_id,
             payment_status_name(order.payment_status), order.reason, order.expires_at, order.created_at, order.updated_at,
             order.version, capture_text(order.capture), order.tracking, order.active_flow, order.payment_attempts);
    for (std::size_t i = 0; i < order.lines.size(); ++i) {
        const auto& line = order.lines[i];
        unit.add(kInsertLine, order.id, i, line.product_id, line.name, line.unit_price.minor(), line.quantity);
    }
}

void OrderStore::update(sql::Unit& unit, const Order& order) {
    unit.add_one_row(kUpdate, order.id, order.version - 1, status_name(order.status), order.payment_id,
                     payment_status_name(order.payment_status), order.reason, order.updated_at, capture_text(order.capture),
                     order.tracking, order.active_flow, order.payment_attempts);
}

Task<Result<void>> OrderStore::write(const CallContext& ctx, sql::Unit unit) {
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_update(std::move(written).error());
    co_return written;
}

Task<Result<sql::Row>> OrderStore::find_row(const CallContext& ctx, OrderId id) {
    const auto owner = rpc::owner_limit(ctx);
    const auto user_id = owner ? UserId::parse(*owner) : std::nullopt;
    if (owner && !user_id) co_return not_found("order", id.to_string());
    auto reading = user_id ? database_.query_row(ctx, kFindOfUser, id, *user_id) : database_.query_row(ctx, kFind, id);
    auto row = co_await std::move(reading);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return not_found("order", id.to_string());
    co_return **std::move(row);
}

Task<Result<Order>> OrderStore::find(const CallContext& ctx, OrderId id) {
    auto row = co_await find_row(ctx, id);
    if (!row) co_return std::move(row).error();
    auto lines = co_await find_lines(ctx, id, *row);
    if (!lines) co_return std::move(lines).error();
    co_return reader_.read(ctx, *row, [&lines](const sql::Row& order) { return read_whole(order, *lines, 0); });
}

Task<Result<Order>> OrderStore::find_without_lines(const CallContext& ctx, OrderId id) {
    auto row = co_await find_row(ctx, id);
    if (!row) co_return std::move(row).error();
    co_return reader_.read(ctx, *row, read_order);
}

Task<Result<sql::Rows>> OrderStore::find_lines(const CallContext& ctx, OrderId id, const sql::Row& order) {
    // Most orders have one line, and a single row can be read on the loop.
    if (order.at(kColumns.at("line_count")) != sql::Value{std::int64_t{1}})
        co_return co_await database_.query(ctx, kFindLines, id);
    auto line = co_await database_.query_row(ctx, kFindLines, id);
    if (!line) co_return std::move(line).error();
    sql::Rows lines;
    if (line->has_value()) lines.push_back(std::move(**line));
    co_return lines;
}

Task<Result<std::vector<OrderId>>> OrderStore::find_overdue(const CallContext& ctx, Timestamp now, std::int64_t orders_max) {
    auto rows = co_await database_.query(ctx, kFindOverdue, now, orders_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<OrderId> ids;
    for (const auto& row : *rows) {
        const auto id = reader_.read(ctx, row, [](const sql::Row& from) { return from.get<OrderId>(0); });
        if (id) ids.push_back(*id);
    }
    co_return ids;
}

Task<Result<Page<Order>>> OrderStore::list(const CallContext& ctx, PageRequest page, std::optional<UserId> user_id,
                                           std::optional<Status> status) {
    if (const auto owner = rpc::owner_limit(ctx)) {
        const auto own = UserId::parse(*owner);
        if (!own || (user_id && *user_id != *own)) co_return Page<Order>{};
        user_id = own;
    }
    const auto wanted = status ? status_name(*status) : std::string_view{};
    const auto& of_user = page.newest_first ? kListOfUserNewestFirst : kListOfUser;
    const auto& of_all = page.newest_first ? kListNewestFirst : kList;
    auto reading = user_id ? database_.query(ctx, of_user, *user_id, page.after, wanted, page.size + 1)
                           : database_.query(ctx, of_all, page.after, wanted, page.size + 1);
    auto rows = co_await std::move(reading);
    if (!rows) co_return std::move(rows).error();
    const auto orders = by_order(*rows);
    const auto shown = std::span{orders}.first(std::min(orders.size(), static_cast<std::size_t>(page.size)));
    Page<Order> found;
    std::size_t rows_shown = 0;
    for (const auto& of_order : shown) {
        const auto read = [&of_order](const sql::Row& row) { return read_whole(row, of_order, kColumns.count()); };
        if (auto order = reader_.read(ctx, of_order.front(), read)) found.items.push_back(*std::move(order));
        rows_shown += of_order.size();
    }
    if (orders.size() > shown.size()) found.next = key_to_go_on_after(std::span{*rows}.first(rows_shown));
    co_return found;
}

}  // namespace tw::order
