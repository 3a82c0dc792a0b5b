#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/mapping/page.hpp"
#include "services/order/order.hpp"

namespace tw::order {

/// Orders in the database. Belongs to one loop, as its database does. Beside what is named below, every call fails as
/// sql::Database does; a stored order that cannot be read is DATA_LOSS (ROW_UNREADABLE).
class OrderStore {
 public:
    OrderStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "orders"} {}

    Task<Result<void>> insert(const CallContext& ctx, Order order);

    /// NOT_FOUND (ORDER_NOT_FOUND).
    Task<Result<Order>> find(const CallContext& ctx, OrderId id);

    /// Writes status, payment and reason of `order` over the row whose version is one less. ABORTED (CONTENDED) when the row
    /// has another version by now.
    Task<Result<void>> update(const CallContext& ctx, Order order);

    /// Ordered by id. `user_id` absent: everybody's; `status` absent: all. Orders that cannot be read are left out.
    Task<Result<Page<Order>>> list(const CallContext& ctx, PageRequest page, std::optional<UserId> user_id,
                                   std::optional<Status> status);

 private:
    /// The lines of the order that the row holds.
    Task<Result<sql::Rows>> find_lines(const CallContext& ctx, OrderId id, const sql::Row& order);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::order
