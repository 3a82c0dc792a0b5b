#include "services/catalog/stock_reservations.hpp"

#include "kit/async/combine.hpp"
#include "services/catalog/reasons.hpp"
#include "services/mapping/actor.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/reasons.hpp"

#include <map>
#include <utility>

namespace tw::catalog {
namespace {

/// How many reservations a sweep lists and expires at once, in a few commits.
constexpr std::int64_t kExpiredAtOnceMax = 1'000;

Error refuse(Code code, std::string_view reason, std::string detail, std::vector<Violation> violations) {
    Error error{code, reason, std::move(detail)};
    for (auto& violation : violations) {
        error = std::move(error).with_violation(std::move(violation.pointer), std::move(violation.detail));
    }
    return error;
}

std::string line_pointer(std::size_t index, std::string_view field) {
    return "/lines/" + std::to_string(index) + "/" + std::string{field};
}

Error closed(ReservationStatus status) {
    return Error{Code::failed_precondition, reason::kReservationClosed,
                 "the order's stock is " + std::string{status_name(status)}};
}

/// Returns the answer to a call for an order that has a reservation already.
Result<Reservation> repeated(Reservation found, const std::vector<LineRequest>& lines) {
    if (is_given_back(found.status)) return closed(found.status);
    if (!has_lines(found, lines)) {
        return Error{Code::failed_precondition, reason::kReservationDiffers, "the order has a reservation with other lines"};
    }
    return found;
}

/// Returns the lines with the names and prices of now. Fails with PRODUCT_NOT_FOUND if a line names
/// no product that is for sale.
Result<std::vector<ReservedLine>> price(const std::vector<LineRequest>& lines,
                                        const std::vector<Result<std::optional<Product>>>& products) {
    std::vector<ReservedLine> priced;
    std::vector<Violation> unknown;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!products[i]) return products[i].error();
        const auto& product = *products[i];
        if (!product || product->status != ProductStatus::active) {
            unknown.push_back({line_pointer(i, "product_id"), "there is no such product for sale"});
            continue;
        }
        priced.push_back(
            {.product_id = product->id, .quantity = lines[i].quantity, .name = product->name, .unit_price = product->price});
    }
    if (unknown.empty()) return priced;
    return refuse(Code::invalid_argument, reason::kProductNotFound, "there is no such product for sale", std::move(unknown));
}

/// Names the lines for which there is too little stock. Lines may name the same product; the stock
/// is then shared out in the order of the lines.
std::vector<Violation> shortages(const std::vector<LineRequest>& lines,
                                 const std::vector<Result<std::optional<Product>>>& products) {
    std::vector<Violation> missing;
    std::map<ProductId, std::int64_t> left;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& product = **products[i];
        auto& available = left.try_emplace(product.id, product.stock.available()).first->second;
        if (available < lines[i].quantity) {
            missing.push_back({line_pointer(i, "quantity"),
                               "only " + std::to_string(available) + " of \"" + product.id.text() + "\" are available"});
        } else {
            available -= lines[i].quantity;
        }
    }
    return missing;
}

/// Returns the lines with the names and prices of now, if there is enough stock of each.
Result<std::vector<ReservedLine>> price_available(const std::vector<LineRequest>& lines,
                                                  const std::vector<Result<std::optional<Product>>>& products) {
    auto priced = price(lines, products);
    if (!priced) return priced;
    // What is sold out is refused by what was read, so that it costs the orders of the same commit
    // nothing.
    if (auto missing = shortages(lines, products); !missing.empty()) {
        return refuse(Code::failed_precondition, reason::kOutOfStock, "there is not enough stock", std::move(missing));
    }
    return priced;
}

}  // namespace

Task<Result<Reservation>> StockReservations::reserve(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                                     std::chrono::seconds lifetime) {
    auto reserving = retry_contended([&] { return try_reserve(ctx, order_id, lines, lifetime); });
    co_return co_await std::move(reserving);
}

Task<Result<Reservation>> StockReservations::try_reserve(const CallContext& ctx, OrderId order_id,
                                                         const std::vector<LineRequest>& lines, std::chrono::seconds lifetime) {
    auto reading = find_products(ctx, lines);
    const auto products = co_await std::move(reading);
    auto priced = price_available(lines, products);
    if (!priced) {
        auto answering = repeat_or(ctx, order_id, lines, std::move(priced).error());
        co_return co_await std::move(answering);
    }
    const auto now = clock_.now();
    const Reservation reservation{.order_id = order_id,
                                  .lines = std::move(*priced),
                                  .status = ReservationStatus::held,
                                  .expires_at = now + lifetime,
                                  .created_at = now,
                                  .updated_at = now};
    auto stored = co_await reservations_.reserve(ctx, reservation);
    if (stored) {
        for (const auto& line : reservation.lines) reserved_.add(static_cast<double>(line.quantity));
        co_return reservation;
    }
    const auto& why = stored.error().reason();
    if (why == reason::kReservationExists) {
        auto answering = repeat_or(ctx, order_id, lines, contended());
        co_return co_await std::move(answering);
    }
    // Another call for the last of the stock came between the read and the write.
    if (why == reason::kOutOfStock) co_return contended();
    co_return std::move(stored).error();
}

Task<Result<Reservation>> StockReservations::repeat_or(const CallContext& ctx, OrderId order_id,
                                                       const std::vector<LineRequest>& lines, Error otherwise) {
    auto found = co_await reservations_.find(ctx, order_id);
    if (!found) co_return std::move(found).error();
    if (found->has_value()) co_return repeated(std::move(**found), lines);
    co_return otherwise;
}

Task<StockReservations::Products> StockReservations::find_products(const CallContext& ctx,
                                                                   const std::vector<LineRequest>& lines) {
    std::vector<Task<Result<std::optional<Product>>>> reads;
    reads.reserve(lines.size());
    for (const auto& line : lines) reads.push_back(find_product(ctx, line.product_id));
    co_return co_await all(std::move(reads));
}

Task<Result<std::optional<Product>>> StockReservations::find_product(const CallContext& ctx, std::string id) {
    const auto parsed = ProductId::parse(id);
    if (!parsed) co_return std::optional<Product>{};
    co_return co_await products_.find(ctx, *parsed);
}

Task<Result<Reservation>> StockReservations::close(const CallContext& ctx, OrderId order_id) {
    const auto now = clock_.now();
    auto done = co_await reservations_.close(ctx, order_id, now);
    if (!done) co_return std::move(done).error();
    co_return Reservation{.order_id = order_id,
                          .lines = {},
                          .status = ReservationStatus::released,
                          .expires_at = now,
                          .created_at = now,
                          .updated_at = now};
}

Task<Result<Reservation>> StockReservations::end(const CallContext& ctx, OrderId order_id, ReservationEvent event,
                                                 std::string reason) {
    auto ending = retry_contended([&] { return try_end(ctx, order_id, event, reason); });
    co_return co_await std::move(ending);
}

Task<Result<Reservation>> StockReservations::try_end(const CallContext& ctx, OrderId order_id, ReservationEvent event,
                                                     const std::string& reason) {
    auto found = co_await reservations_.find(ctx, order_id);
    if (!found) co_return std::move(found).error();
    if (!found->has_value()) {
        if (event != ReservationEvent::release) co_return not_found("reservation", order_id.to_string());
        auto done = co_await close(ctx, order_id);
        // The stock was reserved between the read and the write.
        if (!done && done.error().reason() == reason::kReservationExists) co_return contended();
        co_return done;
    }
    auto reservation = std::move(**found);

    const auto status = next(reservation.status, event);
    if (!status) co_return closed(reservation.status);
    if (*status == reservation.status) co_return reservation;

    reservation.status = *status;
    reservation.updated_at = clock_.now();
    auto movements = movements_of(ctx, reservation, reason);
    auto moved = co_await reservations_.move(ctx, reservation, std::move(movements));
    if (!moved) co_return std::move(moved).error();
    co_return reservation;
}

std::vector<StockMovement> StockReservations::movements_of(const CallContext& ctx, const Reservation& reservation,
                                                           const std::string& reason) {
    std::vector<StockMovement> movements;
    const auto on_hand = effect_of(reservation.status).on_hand;
    if (on_hand == 0) return movements;
    movements.reserve(reservation.lines.size());
    for (const auto& line : reservation.lines) {
        movements.push_back({.id = random_.uuid_v7(reservation.updated_at),
                             .product_id = line.product_id,
                             .kind = on_hand < 0 ? MovementKind::sold : MovementKind::restocked,
                             .delta = on_hand * line.quantity,
                             .reason = reason,
                             .order_id = reservation.order_id.to_string(),
                             .actor = actor_of(ctx.principal()),
                             .created_at = reservation.updated_at});
    }
    return movements;
}

Task<Result<Sweep>> StockReservations::expire_overdue(const CallContext& ctx) {
    const auto now = clock_.now();
    Sweep sweep;
    for (std::optional<OverdueCursor> cursor = OverdueCursor{}; cursor;) {
        auto overdue = co_await reservations_.overdue(ctx, now, *cursor, kExpiredAtOnceMax);
        if (!overdue) co_return std::move(overdue).error();
        std::vector<Task<Result<void>>> ends;
        ends.reserve(overdue->orders.size());
        for (const auto order_id : overdue->orders) ends.push_back(expire(ctx, order_id, now));
        auto ending = all(std::move(ends));
        for (auto& ended : co_await std::move(ending)) {
            if (ended) {
                ++sweep.expired;
            } else if (!is_contended(ended.error())) {
                ++sweep.failed;
                sweep.failure = std::move(ended).error();
            }
            // A contended reservation was ended by another call in the meantime, so nothing is left
            // to do.
        }
        cursor = std::move(overdue->next);
    }
    co_return sweep;
}

Task<Result<void>> StockReservations::expire(const CallContext& ctx, OrderId order_id, Timestamp now) {
    auto lines = co_await reservations_.find_lines(ctx, order_id);
    if (!lines) co_return std::move(lines).error();
    Reservation expired{.order_id = order_id,
                        .lines = *std::move(lines),
                        .status = ReservationStatus::expired,
                        .expires_at = now,
                        .created_at = now,
                        .updated_at = now};
    std::vector<StockMovement> none;
    co_return co_await reservations_.move(ctx, std::move(expired), std::move(none));
}

}  // namespace tw::catalog
