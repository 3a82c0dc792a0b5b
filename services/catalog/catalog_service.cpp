#include "services/catalog/catalog_service.hpp"

#include "kit/sql/reasons.hpp"
#include "services/catalog/catalog_messages.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/version.hpp"

namespace tw::catalog {
namespace {

/// How long stock is reserved if the request does not say.
constexpr std::chrono::seconds kReservationTimeDefault = std::chrono::minutes{30};

}  // namespace

Task<Result<Product>> CatalogService::find(const CallContext& ctx, std::string id) {
    // Other software may have written a row whose key is no valid ProductId, so the key is looked
    // up as it came.
    auto product = co_await products_.find_row(ctx, id);
    if (!product && product.error().reason() == reason::kInvalidText) co_return not_found("product", id);
    if (!product) co_return std::move(product).error();
    if (!product->has_value()) co_return not_found("product", id);
    co_return std::move(**product);
}

Task<Result<::catalog::Product>> CatalogService::create_product(const CallContext& ctx,
                                                                const ::catalog::CreateProductRequest& request) {
    auto product = read_product(request, clock_.now());
    if (!product) co_return std::move(product).error();
    std::vector<Product> one{*product};
    auto stored = co_await products_.insert(ctx, std::move(one));
    if (!stored) co_return std::move(stored).error();
    co_return to_proto(*product);
}

Task<Result<::catalog::Product>> CatalogService::update_product(const CallContext& ctx,
                                                                const ::catalog::UpdateProductRequest& request) {
    auto changes = read_changes(request);
    if (!changes) co_return std::move(changes).error();
    auto updating = retry_contended([&] { return try_update(ctx, request, *changes); });
    co_return co_await std::move(updating);
}

Task<Result<::catalog::Product>> CatalogService::try_update(const CallContext& ctx,
                                                            const ::catalog::UpdateProductRequest& request,
                                                            const ProductChanges& changes) {
    auto before = co_await find(ctx, request.id());
    if (!before) co_return std::move(before).error();
    if (auto mismatch = version_mismatch(request.expected_version(), before->version)) co_return std::move(*mismatch);

    const auto after = changed(*before, changes, clock_.now());
    if (!after) {
        co_return illegal_transition("a product", status_name(before->status), "cannot become " + request.status())
            .with_violation("/status", "cannot follow the present status");
    }
    if (after->version == before->version) co_return to_proto(*after);
    auto stored = co_await products_.update(ctx, *after);
    if (!stored) co_return std::move(stored).error();
    co_return to_proto(*after);
}

Task<Result<::catalog::Product>> CatalogService::get_product(const CallContext& ctx,
                                                             const ::catalog::GetProductRequest& request) {
    auto product = co_await find(ctx, request.id());
    if (!product) co_return std::move(product).error();
    co_return to_proto(*product);
}

Task<Result<::catalog::BatchGetProductsResponse>> CatalogService::batch_get_products(
    const CallContext& ctx, const ::catalog::BatchGetProductsRequest& request) {
    ::catalog::BatchGetProductsResponse response;
    for (const auto& id : request.ids()) {
        auto product = co_await find(ctx, id);
        if (product) *response.add_products() = to_proto(*product);
        if (!product && product.error().code() != Code::not_found) co_return std::move(product).error();
    }
    co_return response;
}

Task<Result<::catalog::ListProductsResponse>> CatalogService::list_products(const CallContext& ctx,
                                                                            const ::catalog::ListProductsRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token());
    if (!page) co_return std::move(page).error();
    const auto status = parse_product_status(request.status());
    if (!status && !request.status().empty()) co_return invalid("/status", "must be draft, active or archived");

    auto products = co_await products_.list(ctx, std::move(*page), request.query(), status);
    if (!products) co_return std::move(products).error();
    ::catalog::ListProductsResponse response;
    for (const auto& product : products->items) *response.add_products() = to_proto(product);
    if (products->next) response.set_next_page_token(page_token(*products->next));
    co_return response;
}

Task<Result<::catalog::Product>> CatalogService::adjust_stock(const CallContext& ctx,
                                                              const ::catalog::AdjustStockRequest& request) {
    auto product = co_await find(ctx, request.id());
    if (!product) co_return std::move(product).error();

    const auto now = clock_.now();
    const StockAdjustment adjustment{.id = random_.uuid_v7(now),
                                     .product_id = product->id,
                                     .delta = request.delta(),
                                     .reason = request.reason(),
                                     .created_at = now};
    auto adjusted = co_await products_.adjust(ctx, adjustment);
    if (!adjusted) co_return std::move(adjusted).error();

    product = co_await find(ctx, request.id());
    // The stock has been adjusted, although the new amount could not be read.
    if (!product) co_return std::move(product).error().with_outcome_open(true);
    co_return to_proto(*product);
}

Task<Result<::catalog::Reservation>> CatalogService::reserve(const CallContext& ctx, const ::catalog::ReserveRequest& request) {
    const auto order_id = OrderId::parse(request.order_id());
    if (!order_id) co_return invalid("/order_id", "must be a UUID");
    const auto lifetime = request.ttl_seconds() == 0 ? kReservationTimeDefault : std::chrono::seconds{request.ttl_seconds()};

    auto reservation = co_await reservations_.reserve(ctx, *order_id, read_lines(request), lifetime);
    if (!reservation) co_return std::move(reservation).error();
    co_return to_proto(*reservation);
}

Task<Result<::catalog::Reservation>> CatalogService::commit(const CallContext& ctx, const ::catalog::CommitRequest& request) {
    return end(ctx, request.order_id(), ReservationEvent::commit);
}

Task<Result<::catalog::Reservation>> CatalogService::release(const CallContext& ctx, const ::catalog::ReleaseRequest& request) {
    return end(ctx, request.order_id(), ReservationEvent::release);
}

Task<Result<::catalog::Reservation>> CatalogService::end(const CallContext& ctx, std::string order_id, ReservationEvent event) {
    const auto id = OrderId::parse(order_id);
    if (!id) co_return not_found("reservation", order_id);
    auto reservation = co_await reservations_.end(ctx, *id, event);
    if (!reservation) co_return std::move(reservation).error();
    co_return to_proto(*reservation);
}

}  // namespace tw::catalog
