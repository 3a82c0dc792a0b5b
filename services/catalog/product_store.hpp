#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/catalog/product.hpp"
#include "services/catalog/stock_movement.hpp"
#include "services/mapping/page.hpp"

#include <functional>

namespace tw::catalog {

/// Reads and writes products and their stock. A store belongs to one loop, as its database does.
/// Every call may fail as sql::Database does. A stored product that cannot be read is DATA_LOSS
/// (ROW_UNREADABLE). Each function names its other errors.
class ProductStore {
 public:
    ProductStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, reader_{telemetry, "products"}, movements_{telemetry, "stock_adjustments"} {}

    /// Stores all of the products or none, with their stock. `movements` are the lines of the
    /// journal that say where this stock comes from. Fails with ALREADY_EXISTS (PRODUCT_EXISTS).
    Task<Result<void>> insert(const CallContext& ctx, std::vector<Product> products, std::vector<StockMovement> movements = {});

    Task<Result<std::optional<Product>>> find(const CallContext& ctx, ProductId id) { return find_row(ctx, id.text()); }

    /// Finds the product whose row has this key. The key need not be a valid ProductId, since other
    /// software may have written the row.
    Task<Result<std::optional<Product>>> find_row(const CallContext& ctx, std::string key);

    /// Writes `product`, but not its stock, over the row whose version is one less. Fails with
    /// ABORTED (CONTENDED) if the row has another version by now.
    Task<Result<void>> update(const CallContext& ctx, Product product);

    /// Changes the stock that is on hand, and writes the line of the journal in the same unit.
    /// Fails with FAILED_PRECONDITION (OUT_OF_STOCK) if less would be left than is reserved, or if
    /// there is no such product.
    Task<Result<void>> adjust(const CallContext& ctx, StockMovement adjustment);

    /// Adjusts like `adjust`, and calls `seen` with the product as it is then, before the
    /// transaction is committed. It may be called several times: the last call counts.
    using Seen = std::function<void(const Product&)>;
    Task<Result<void>> adjust_and_read(const CallContext& ctx, StockMovement adjustment, Seen seen);

    /// Lists products in the order of their ids: those whose name contains `query`, unless it is
    /// empty, and those with `status`, if it is given. Products that cannot be read are left out.
    Task<Result<Page<Product>>> list(const CallContext& ctx, PageRequest page, std::string query,
                                     std::optional<ProductStatus> status);

    /// Lists the journal of the product whose row has this key, the oldest line first. Lines that
    /// cannot be read are left out.
    Task<Result<Page<StockMovement>>> list_movements(const CallContext& ctx, PageRequest page, std::string product_key);

    Task<Result<bool>> empty(const CallContext& ctx);

 private:
    Task<Result<void>> adjust_within(const CallContext& ctx, sql::Transaction& transaction, const StockMovement& adjustment,
                                     const Seen& seen);

    sql::Database& database_;
    sql::RowReader reader_;
    sql::RowReader movements_;
};

}  // namespace tw::catalog
