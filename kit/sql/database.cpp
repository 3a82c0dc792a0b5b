#include "kit/sql/database.hpp"

namespace tw::sql {

Task<Result<std::optional<Row>>> Transaction::do_query_row(const CallContext& ctx, const Statement& statement,
                                                           std::vector<Value> parameters) {
    auto rows = co_await do_query(ctx, statement, std::move(parameters));
    if (!rows) co_return rows.error();
    if (rows->empty()) co_return std::optional<Row>{};
    co_return std::optional<Row>{std::move(rows->front())};
}

}  // namespace tw::sql
