#pragma once

#include "kit/base/random.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/catalog/product.hpp"
#include "services/mapping/page.hpp"

namespace tw::catalog {

/// A merchant's correction of the stock. It is stored with its reason.
struct StockAdjustment {
    Uuid id;
    ProductId product_id;
    std::int64_t delta = 0;
    std::string reason;
    Timestamp created_at;
};

/// Reads and writes products and their stock. A store belongs to one loop, as its database does.
/// Every call may fail as sql::Database does. A stored product that cannot be read is DATA_LOSS
/// (ROW_UNREADABLE). Each function names its other errors.
class ProductStore {
 public:
    ProductStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "products"} {}

    /// Stores all of the products or none, with their stock. Fails with ALREADY_EXISTS
    /// (PRODUCT_EXISTS).
    Task<Result<void>> insert(const CallContext& ctx, std::vector<Product> products);

    Task<Result<std::optional<Product>>> find(const CallContext& ctx, ProductId id) { return find_row(ctx, id.text()); }

    /// Finds the product whose row has this key. The key need not be a valid ProductId, since other
    /// software may have written the row.
    Task<Result<std::optional<Product>>> find_row(const CallContext& ctx, std::string key);

    /// Writes `product`, but not its stock, over the row whose version is one less. Fails with
    /// ABORTED (CONTENDED) if the row has another version by now.
    Task<Result<void>> update(const CallContext& ctx, Product product);

    /// Fails with FAILED_PRECONDITION (OUT_OF_STOCK) if less would be left than is reserved, or if
    /// there is no such product.
    Task<Result<void>> adjust(const CallContext& ctx, StockAdjustment adjustment);

    /// Lists products in the order of their ids: those whose name contains `query`, unless it is
    /// empty, and those with `status`, if it is given. Products that cannot be read are left out.
    Task<Result<Page<Product>>> list(const CallContext& ctx, PageRequest page, std::string query,
                                     std::optional<ProductStatus> status);

    Task<Result<bool>> empty(const CallContext& ctx);

 private:
    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::catalog
