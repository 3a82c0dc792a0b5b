#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/order/order.hpp"

namespace tw::order {

/// Reads and writes orders. A store belongs to one loop, as its database does. Every call may fail
/// as sql::Database does. A stored order that cannot be read is DATA_LOSS (ROW_UNREADABLE). Each
/// function names its other errors.
class OrderStore {
 public:
    OrderStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "orders"} {}

    Task<Result<void>> insert(const CallContext& ctx, Order order);

    /// Fails with NOT_FOUND (ORDER_NOT_FOUND).
    Task<Result<Order>> find(const CallContext& ctx, OrderId id);

    /// Writes status, payment and reason of `order` over the row whose version is one less. Fails
    /// with ABORTED (CONTENDED) if the row has another version by now.
    Task<Result<void>> update(const CallContext& ctx, Order order);

    /// Lists orders in the order of their ids: those of a user if `user_id` is given, and those
    /// with `status` if it is given. Orders that cannot be read are left out.
    Task<Result<Page<Order>>> list(const CallContext& ctx, PageRequest page, std::optional<UserId> user_id,
                                   std::optional<Status> status);

 private:
    /// Reads the lines of the order whose row is given.
    Task<Result<sql::Rows>> find_lines(const CallContext& ctx, OrderId id, const sql::Row& order);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::order
