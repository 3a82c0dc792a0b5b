#include "services/catalog/catalog_service.hpp"

#include "kit/idempotency/keyed_call.hpp"
#include "kit/sql/reasons.hpp"
#include "services/catalog/catalog_messages.hpp"
#include "services/mapping/actor.hpp"
#include "services/mapping/card_number.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/reasons.hpp"
#include "services/mapping/version.hpp"

namespace tw::catalog {
namespace {

/// How long stock is reserved if the request does not say.
constexpr std::chrono::seconds kReservationTimeDefault = std::chrono::minutes{30};

/// Refuses the reason of a stock movement that looks like a card number.
Result<void> check_reason(std::string_view text) {
    if (!has_card_number(text)) return {};
    return Error{Code::invalid_argument, reason::kCardNumberRefused, "card numbers are refused"}.with_violation(
        "/reason", "looks like a card number");
}

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
    auto answer = to_proto(*product);
    idempotency::answer_with(ctx, answer);
    std::vector<Product> one{*std::move(product)};
    std::vector<StockMovement> none;
    auto stored = co_await products_.insert(ctx, std::move(one), std::move(none));
    if (!stored) co_return std::move(stored).error();
    co_return answer;
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
            .with_violation("/status", "cannot follow the current status");
    }
    auto answer = to_proto(*after);
    if (after->version == before->version) co_return answer;
    idempotency::answer_with(ctx, answer);
    auto stored = co_await products_.update(ctx, *after);
    if (!stored) co_return std::move(stored).error();
    co_return answer;
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
    if (auto checked = check_reason(request.reason()); !checked) co_return std::move(checked).error();
    auto product = co_await find(ctx, request.id());
    if (!product) co_return std::move(product).error();

    const auto now = clock_.now();
    const StockMovement adjustment{.id = random_.uuid_v7(now),
                                   .product_id = product->id,
                                   .kind = MovementKind::adjusted,
                                   .delta = request.delta(),
                                   .reason = request.reason(),
                                   .order_id = {},
                                   .actor = actor_of(ctx.principal()),
                                   .created_at = now};
    // A repeated call gets the answer of the first one, so that is read in the same transaction.
    if (idempotency::keyed_call(ctx) != nullptr) co_return co_await adjust_once(ctx, adjustment);
    auto adjusted = co_await products_.adjust(ctx, adjustment);
    if (!adjusted) co_return std::move(adjusted).error();

    product = co_await find(ctx, request.id());
    // The stock has been adjusted, although the new amount could not be read.
    if (!product) co_return std::move(product).error().with_outcome_open(true);
    co_return to_proto(*product);
}

Task<Result<::catalog::Product>> CatalogService::adjust_once(const CallContext& ctx, StockMovement adjustment) {
    ::catalog::Product answer;
    auto adjusted = co_await products_.adjust_and_read(ctx, std::move(adjustment), [&](const Product& product) {
        answer = to_proto(product);
        idempotency::answer_with(ctx, answer);
    });
    if (!adjusted) co_return std::move(adjusted).error();
    co_return answer;
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

Task<Result<::catalog::Reservation>> CatalogService::restock(const CallContext& ctx, const ::catalog::RestockRequest& request) {
    if (auto checked = check_reason(request.reason()); !checked) co_return std::move(checked).error();
    auto ending = end(ctx, request.order_id(), ReservationEvent::restock, request.reason());
    co_return co_await std::move(ending);
}

Task<Result<::catalog::Reservation>> CatalogService::end(const CallContext& ctx, std::string order_id, ReservationEvent event,
                                                         std::string reason) {
    const auto id = OrderId::parse(order_id);
    if (!id) co_return not_found("reservation", order_id);
    auto reservation = co_await reservations_.end(ctx, *id, event, std::move(reason));
    if (!reservation) co_return std::move(reservation).error();
    co_return to_proto(*reservation);
}

Task<Result<::catalog::ListStockMovementsResponse>> CatalogService::list_stock_movements(
    const CallContext& ctx, const ::catalog::ListStockMovementsRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token());
    if (!page) co_return std::move(page).error();
    auto product = co_await find(ctx, request.id());
    if (!product) co_return std::move(product).error();

    auto movements = co_await products_.list_movements(ctx, std::move(*page), product->id.text());
    if (!movements) co_return std::move(movements).error();
    ::catalog::ListStockMovementsResponse response;
    for (const auto& movement : movements->items) *response.add_movements() = to_proto(movement);
    if (movements->next) response.set_next_page_token(page_token(*movements->next));
    co_return response;
}

}  // namespace tw::catalog
