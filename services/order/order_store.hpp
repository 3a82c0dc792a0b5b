#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/order/order.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace tw::order {

/// Reads and writes orders. A store belongs to one loop, as its database does. Every call may fail
/// as sql::Database does. A stored order that cannot be read is DATA_LOSS (ROW_UNREADABLE). Each
/// function names its other errors.
///
/// A call that may reach its user's objects alone (rpc::owner_limit) finds and lists no others.
class OrderStore {
 public:
    OrderStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "orders"} {}

    /// Adds a new order to `unit`.
    static void insert(sql::Unit& unit, const Order& order);
    /// Adds to `unit` that everything of `order` that may change is written over the row whose
    /// version is one less. If the row has another version by then, nothing of the unit takes
    /// effect.
    static void update(sql::Unit& unit, const Order& order);
    /// Writes the unit. Fails with ABORTED (CONTENDED) if an order that it updates has another
    /// version by now.
    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit);

    /// Fails with NOT_FOUND (ORDER_NOT_FOUND).
    Task<Result<Order>> find(const CallContext& ctx, OrderId id);
    /// Reads the order without its lines, for a change of the order: lines never change. Fails with
    /// NOT_FOUND (ORDER_NOT_FOUND).
    Task<Result<Order>> find_without_lines(const CallContext& ctx, OrderId id);

    /// Returns the ids of orders that are pending although their payment window is over, and that
    /// no flow is paying; the longest overdue first.
    Task<Result<std::vector<OrderId>>> find_overdue(const CallContext& ctx, Timestamp now, std::int64_t orders_max);

    /// Lists orders in the order of the page: those of a user if `user_id` is given, and those
    /// with `status` if it is given. Orders that cannot be read are left out.
    Task<Result<Page<Order>>> list(const CallContext& ctx, PageRequest page, std::optional<UserId> user_id,
                                   std::optional<Status> status);

 private:
    /// Reads the order's row if the call may reach it. Fails with NOT_FOUND (ORDER_NOT_FOUND).
    Task<Result<sql::Row>> find_row(const CallContext& ctx, OrderId id);
    /// Reads the lines of the order whose row is given.
    Task<Result<sql::Rows>> find_lines(const CallContext& ctx, OrderId id, const sql::Row& order);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::order
