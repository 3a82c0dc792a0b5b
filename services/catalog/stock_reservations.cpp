#include "services/catalog/stock_reservations.hpp"

#include "kit/async/combine.hpp"
#include "services/mapping/version.hpp"

#include <map>
#include <utility>

namespace tw::catalog {
namespace {

/// How often a change is tried again when others are at the same rows meanwhile.
constexpr int kAttemptsMax = 3;
/// Holds that a sweep lists and ends at once, in a few commits.
constexpr std::int64_t kExpiredAtOnceMax = 1'000;

Error refuse(Code code, std::string reason, std::string detail, std::vector<Violation> violations) {
    Error error{code, std::move(reason), std::move(detail)};
    for (auto& violation : violations) {
        error = std::move(error).with_violation(std::move(violation.pointer), std::move(violation.detail));
    }
    return error;
}

std::string line_pointer(std::size_t index, std::string_view field) {
    return "/lines/" + std::to_string(index) + "/" + std::string{field};
}

Error closed(ReservationStatus status) {
    return Error{Code::failed_precondition, "RESERVATION_CLOSED", "the order's stock is " + std::string{status_name(status)}};
}

/// The reservation that the order has already, as the answer to another call for it.
Result<Reservation> repeated(Reservation found, const std::vector<LineRequest>& lines) {
    if (found.status == ReservationStatus::released || found.status == ReservationStatus::expired) return closed(found.status);
    if (!holds(found, lines)) {
        return Error{Code::failed_precondition, "RESERVATION_DIFFERS", "the order has a reservation of other lines"};
    }
    return found;
}

/// The lines at today's names and prices. PRODUCT_NOT_FOUND for those that name nothing for sale.
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
    return refuse(Code::invalid_argument, "PRODUCT_NOT_FOUND", "there is no such product for sale", std::move(unknown));
}

/// Which lines there is too little for. Lines may share a product; each takes what those before it left.
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

}  // namespace

Task<Result<Reservation>> StockReservations::hold(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                                  std::chrono::seconds lifetime) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        auto looking = look(ctx, order_id, lines);
        auto [found, products] = co_await std::move(looking);
        if (!found) co_return std::move(found).error();
        if (found->has_value()) co_return repeated(std::move(**found), lines);

        auto priced = price(lines, products);
        if (!priced) co_return std::move(priced).error();
        // What is sold out is refused by what was read, so that the orders that share a commit with it do not pay for it.
        if (auto missing = shortages(lines, products); !missing.empty()) {
            co_return refuse(Code::failed_precondition, "OUT_OF_STOCK", "there is not enough stock", std::move(missing));
        }
        const auto now = clock_.now();
        const Reservation reservation{.order_id = order_id,
                                      .lines = std::move(*priced),
                                      .status = ReservationStatus::held,
                                      .expires_at = now + lifetime,
                                      .created_at = now,
                                      .updated_at = now};
        auto held = co_await reservations_.hold(ctx, reservation);
        if (held) {
            for (const auto& line : reservation.lines) reserved_.add(static_cast<double>(line.quantity));
            co_return reservation;
        }
        // Another call for the same order won, or others were quicker to hold the last of it: look again.
        const auto& reason = held.error().reason();
        if (reason != "RESERVATION_EXISTS" && reason != "OUT_OF_STOCK") co_return std::move(held).error();
    }
    co_return contended();
}

Task<StockReservations::Found> StockReservations::look(const CallContext& ctx, OrderId order_id,
                                                       const std::vector<LineRequest>& lines) {
    std::vector<Task<Result<std::optional<Product>>>> reads;
    reads.reserve(lines.size());
    for (const auto& line : lines) reads.push_back(find_product(ctx, line.product_id));
    auto reading = both(reservations_.find(ctx, order_id), all(std::move(reads)));
    co_return co_await std::move(reading);
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

Task<Result<Reservation>> StockReservations::end(const CallContext& ctx, OrderId order_id, ReservationEvent event) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        auto found = co_await reservations_.find(ctx, order_id);
        if (!found) co_return std::move(found).error();
        if (!found->has_value()) {
            if (event != ReservationEvent::release) co_return not_found("reservation", order_id.to_string());
            auto done = co_await close(ctx, order_id);
            // The hold came first after all.
            if (!done && done.error().reason() == "RESERVATION_EXISTS") continue;
            co_return done;
        }
        auto reservation = std::move(**found);

        const auto status = next(reservation.status, event);
        if (!status) co_return closed(reservation.status);
        if (*status == reservation.status) co_return reservation;

        reservation.status = *status;
        reservation.updated_at = clock_.now();
        auto ended = co_await reservations_.end(ctx, order_id, reservation.lines, *status, reservation.updated_at);
        if (ended) co_return reservation;
        if (ended.error().reason() != "CONTENDED") co_return std::move(ended).error();
    }
    co_return contended();
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
            } else if (ended.error().reason() != "CONTENDED") {
                ++sweep.failed;
                sweep.failure = std::move(ended).error();
            }
            // Somebody else ended a contended one in the meantime, which is as good.
        }
        cursor = std::move(overdue->next);
    }
    co_return sweep;
}

Task<Result<void>> StockReservations::expire(const CallContext& ctx, OrderId order_id, Timestamp now) {
    auto lines = co_await reservations_.find_lines(ctx, order_id);
    if (!lines) co_return std::move(lines).error();
    co_return co_await reservations_.end(ctx, order_id, *std::move(lines), ReservationStatus::expired, now);
}

}  // namespace tw::catalog
