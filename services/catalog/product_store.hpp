#pragma once

#include "kit/base/random.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "services/catalog/product.hpp"
#include "services/mapping/page.hpp"

namespace tw::catalog {

/// A merchant's correction of the stock, kept with its reason.
struct StockAdjustment {
    Uuid id;
    ProductId product_id;
    std::int64_t delta = 0;
    std::string reason;
    Timestamp created_at;
};

/// Products and how much of them there is, in the database. Belongs to one loop, as its database does. Beside what is named
/// below, every call fails as sql::Database does. Rows that cannot be read are DATA_LOSS for a single read, and lists leave them
/// out.
class ProductStore {
 public:
    ProductStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "products"} {}

    /// All of them or none, with their stock. ALREADY_EXISTS (PRODUCT_EXISTS).
    Task<Result<void>> insert(const CallContext& ctx, std::vector<Product> products);

    Task<Result<std::optional<Product>>> find(const CallContext& ctx, ProductId id) { return find_row(ctx, id.text()); }

    /// The product whose row has this key, whether or not it is an id that this program would give.
    Task<Result<std::optional<Product>>> find_row(const CallContext& ctx, std::string key);

    /// Writes `product`, but not its stock, over the row whose version is one less. ABORTED (CONTENDED) when the row has
    /// another version by now.
    Task<Result<void>> update(const CallContext& ctx, Product product);

    /// FAILED_PRECONDITION (OUT_OF_STOCK) when less would be left than is reserved, or there is no such product.
    Task<Result<void>> adjust(const CallContext& ctx, StockAdjustment adjustment);

    /// Ordered by id. `query` empty: whatever the name; `status` absent: all.
    Task<Result<Page<Product>>> list(const CallContext& ctx, PageRequest page, std::string query,
                                     std::optional<ProductStatus> status);

    Task<Result<bool>> empty(const CallContext& ctx);

 private:
    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::catalog
