#include "services/catalog/product_store.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/text.hpp"
#include "services/catalog/reasons.hpp"
#include "services/catalog/stock_moves.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/reasons.hpp"
#include "services/mapping/row_page.hpp"
#include "services/mapping/unicode.hpp"

namespace tw::catalog {
namespace {

/// The columns that a Product is read from: those of products, and those of its stock.
constexpr sql::Text kProductColumns{"id, name, description, price_minor, currency, status, created_at, updated_at, version"};
constexpr sql::Text kProductWithStock{sql::list<sql::qualified<"p", kProductColumns>, "s.on_hand, s.reserved">};

constexpr sql::Statement kInsertProduct{.summary = "INSERT products",
                                        .text = sql::insert<"products", sql::list<kProductColumns, "name_folded">>};

constexpr sql::Statement kInsertStock{.summary = "INSERT stock",
                                      .text = "INSERT INTO stock (product_id, on_hand, reserved) VALUES ($1, $2, 0)"};

constexpr sql::Statement kFindProduct{
    .summary = "SELECT products",
    .text = sql::text<"SELECT ", kProductWithStock, " FROM products p ", "JOIN stock s ON s.product_id = p.id WHERE p.id = $1">};

constexpr sql::Statement kUpdate{
    .summary = "UPDATE products",
    .text =
        "UPDATE products SET name = $3, name_folded = $4, description = $5, price_minor = $6, currency = $7, status = $8, "
        "updated_at = $9, version = $2 + 1 WHERE id = $1 AND version = $2",
    .row_of = "products"};

constexpr sql::Statement kList{
    .summary = "SELECT products page",
    .text = sql::text<"SELECT ", kProductWithStock, " FROM products p JOIN stock s ON s.product_id = p.id ",
                      "WHERE p.id > $1 AND ($2 = '' OR p.name_folded LIKE $2 ESCAPE '!') AND ($3 = '' OR p.status = $3) ",
                      "ORDER BY p.id LIMIT $4">};

constexpr sql::Statement kAny{.summary = "SELECT products any", .text = "SELECT id FROM products LIMIT 1"};

Product product_of_row(const sql::Row& row) {
    return {.id = row.parsed(kProductColumns.at("id"), ProductId::parse),
            .name = row.get<std::string>(kProductColumns.at("name")),
            .description = row.get<std::string>(kProductColumns.at("description")),
            .price = Money{row.get<std::int64_t>(kProductColumns.at("price_minor")),
                           row.parsed(kProductColumns.at("currency"), Currency::from_stored)},
            .status = row.parsed(kProductColumns.at("status"), parse_product_status),
            .stock = {.on_hand = row.get<std::int64_t>(kProductWithStock.at("s.on_hand")),
                      .reserved = row.get<std::int64_t>(kProductWithStock.at("s.reserved"))},
            .created_at = row.get<Timestamp>(kProductColumns.at("created_at")),
            .updated_at = row.get<Timestamp>(kProductColumns.at("updated_at")),
            .version = row.get<std::int64_t>(kProductColumns.at("version"))};
}

StockMovement movement_of_row(const sql::Row& row) {
    return {.id = row.parsed(kMovementColumns.at("id"), Uuid::parse),
            .product_id = row.parsed(kMovementColumns.at("product_id"), ProductId::parse),
            .kind = row.parsed(kMovementColumns.at("kind"), parse_movement_kind),
            .delta = row.get<std::int64_t>(kMovementColumns.at("delta")),
            .reason = row.get<std::string>(kMovementColumns.at("reason")),
            .order_id = row.get<std::string>(kMovementColumns.at("order_id")),
            .actor = row.get<std::string>(kMovementColumns.at("actor")),
            .created_at = row.get<Timestamp>(kMovementColumns.at("created_at"))};
}

Error explain_adjustment(Error error) {
    const bool refused = sql::violates(error, kStockCheck) || error.reason() == reason::kForeignKeyViolation;
    if (!refused) return error;
    return Error{Code::failed_precondition, reason::kOutOfStock, "less would be left than is reserved for orders"}.with_violation(
        "/delta", "takes away more than is available");
}

/// Returns the LIKE pattern of names that contain `query`. Wildcards in the query are escaped.
std::string pattern_of(std::string_view query) {
    if (query.empty()) return {};
    std::string pattern = "%";
    for (const char c : unicode::fold(query)) {
        if (c == '%' || c == '_' || c == '!') pattern += '!';
        pattern += c;
    }
    return pattern + "%";
}

}  // namespace

Task<Result<void>> ProductStore::insert(const CallContext& ctx, std::vector<Product> products,
                                        std::vector<StockMovement> movements) {
    sql::Unit unit;
    for (const auto& product : products) {
        unit.add(kInsertProduct, product.id.text(), product.name, product.description, product.price.minor(),
                 product.price.currency().code(), status_name(product.status), product.created_at, product.updated_at,
                 product.version, unicode::fold(product.name));
        unit.add(kInsertStock, product.id.text(), product.stock.on_hand);
    }
    for (const auto& movement : movements) add_movement(unit, movement);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && sql::violates(written.error(), "products_pkey")) {
        co_return Error{Code::already_exists, reason::kProductExists, "another product has this id"}.with_violation(
            "/id", "belongs to another product");
    }
    co_return written;
}

Task<Result<std::optional<Product>>> ProductStore::find_row(const CallContext& ctx, std::string key) {
    auto row = co_await database_.query_row(ctx, kFindProduct, std::move(key));
    co_return read_if_found(ctx, reader_, std::move(row), product_of_row);
}

Task<Result<void>> ProductStore::update(const CallContext& ctx, Product product) {
    sql::Unit unit;
    unit.add_one_row(kUpdate, product.id.text(), product.version - 1, product.name, unicode::fold(product.name),
                     product.description, product.price.minor(), product.price.currency().code(), status_name(product.status),
                     product.updated_at);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_update(std::move(written).error());
    co_return written;
}

Task<Result<void>> ProductStore::adjust(const CallContext& ctx, StockMovement adjustment) {
    sql::Unit unit;
    unit.add(kMoveStock, adjustment.product_id.text(), adjustment.delta, 0);
    add_movement(unit, adjustment);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return explain_adjustment(std::move(written).error());
    co_return written;
}

Task<Result<void>> ProductStore::adjust_and_read(const CallContext& ctx, StockMovement adjustment, Seen seen) {
    sql::Database::Body body = [&](sql::Transaction& transaction) { return adjust_within(ctx, transaction, adjustment, seen); };
    auto done = co_await database_.transaction(ctx, std::move(body));
    if (!done) co_return explain_adjustment(std::move(done).error());
    co_return done;
}

Task<Result<void>> ProductStore::adjust_within(const CallContext& ctx, sql::Transaction& transaction,
                                               const StockMovement& adjustment, const Seen& seen) {
    auto moved = co_await transaction.execute(ctx, kMoveStock, adjustment.product_id.text(), adjustment.delta, 0);
    if (!moved) co_return std::move(moved).error();
    auto noted = co_await transaction.execute(ctx, kInsertMovement, adjustment.id.to_string(), adjustment.product_id.text(),
                                              movement_kind_name(adjustment.kind), adjustment.delta, adjustment.reason,
                                              adjustment.order_id, adjustment.actor, adjustment.created_at);
    if (!noted) co_return std::move(noted).error();
    auto row = co_await transaction.query_row(ctx, kFindProduct, adjustment.product_id.text());
    auto product = read_if_found(ctx, reader_, std::move(row), product_of_row);
    if (!product) co_return std::move(product).error();
    if (!*product) co_return not_found("product", adjustment.product_id.text());
    seen(**product);
    co_return Result<void>{};
}

Task<Result<Page<Product>>> ProductStore::list(const CallContext& ctx, PageRequest page, std::string query,
                                               std::optional<ProductStatus> status) {
    const auto wanted = status ? status_name(*status) : std::string_view{};
    const auto pattern = pattern_of(query);
    auto rows = co_await database_.query(ctx, kList, page.after, pattern, wanted, page.size + 1);
    if (!rows) co_return std::move(rows).error();
    co_return read_page(ctx, reader_, *rows, page.size, product_of_row);
}

Task<Result<Page<StockMovement>>> ProductStore::list_movements(const CallContext& ctx, PageRequest page,
                                                               std::string product_key) {
    auto rows = co_await database_.query(ctx, kListMovements, std::move(product_key), page.after, page.size + 1);
    if (!rows) co_return std::move(rows).error();
    co_return read_page(ctx, movements_, *rows, page.size, movement_of_row);
}

Task<Result<bool>> ProductStore::empty(const CallContext& ctx) {
    auto row = co_await database_.query_row(ctx, kAny);
    if (!row) co_return std::move(row).error();
    co_return !row->has_value();
}

}  // namespace tw::catalog
