#include "services/catalog/stock_desk.hpp"

#include "services/mapping/version.hpp"

#include <map>

namespace tw::catalog {
namespace {

/// How often a change is tried again when others are at the same rows meanwhile.
constexpr int kAttemptsMax = 3;
constexpr std::int64_t kExpiredAtOnceMax = 100;

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

}  // namespace

Task<Result<Reservation>> StockDesk::hold(const CallContext& ctx, OrderId order_id, std::vector<LineRequest> lines,
                                          std::chrono::seconds lifetime) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        auto found = co_await reservations_.find(ctx, order_id);
        if (!found) co_return std::move(found).error();
        if (found->has_value()) co_return repeated(std::move(**found), lines);

        auto priced = co_await price(ctx, lines);
        if (!priced) co_return std::move(priced).error();
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
        // The same order came twice at once, and the other call won.
        if (held.error().reason() == "RESERVATION_EXISTS") continue;
        if (held.error().reason() != "OUT_OF_STOCK") co_return std::move(held).error();

        auto missing = co_await shortages(ctx, reservation.lines);
        if (!missing) co_return std::move(missing).error();
        if (!missing->empty()) {
            co_return refuse(Code::failed_precondition, "OUT_OF_STOCK", "there is not enough stock", std::move(*missing));
        }
    }
    co_return contended();
}

Task<Result<std::vector<ReservedLine>>> StockDesk::price(const CallContext& ctx, const std::vector<LineRequest>& lines) {
    std::vector<ReservedLine> priced;
    std::vector<Violation> unknown;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto id = ProductId::parse(lines[i].product_id);
        Result<std::optional<Product>> product = std::optional<Product>{};
        if (id) product = co_await products_.find(ctx, *id);
        if (!product) co_return std::move(product).error();
        if (!product->has_value() || (*product)->status != ProductStatus::active) {
            unknown.push_back({line_pointer(i, "product_id"), "there is no such product for sale"});
            continue;
        }
        priced.push_back(
            {.product_id = *id, .quantity = lines[i].quantity, .name = (*product)->name, .unit_price = (*product)->price});
    }
    if (!unknown.empty()) {
        co_return refuse(Code::invalid_argument, "PRODUCT_NOT_FOUND", "there is no such product for sale", std::move(unknown));
    }
    co_return priced;
}

Task<Result<std::vector<Violation>>> StockDesk::shortages(const CallContext& ctx, const std::vector<ReservedLine>& lines) {
    std::vector<Violation> missing;
    // Lines may share a product; each takes what those before it left.
    std::map<ProductId, std::int64_t> left;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& line = lines[i];
        if (!left.contains(line.product_id)) {
            auto product = co_await products_.find(ctx, line.product_id);
            if (!product) co_return std::move(product).error();
            left[line.product_id] = product->has_value() ? (*product)->stock.available() : 0;
        }
        auto& available = left[line.product_id];
        if (available < line.quantity) {
            missing.push_back({line_pointer(i, "quantity"),
                               "only " + std::to_string(available) + " of \"" + line.product_id.text() + "\" are available"});
        } else {
            available -= line.quantity;
        }
    }
    co_return missing;
}

Task<Result<Reservation>> StockDesk::end(const CallContext& ctx, OrderId order_id, ReservationEvent event) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        auto found = co_await reservations_.find(ctx, order_id);
        if (!found) co_return std::move(found).error();
        if (!found->has_value()) co_return not_found("reservation", order_id.to_string());
        auto reservation = std::move(**found);

        const auto status = next(reservation.status, event);
        if (!status) co_return closed(reservation.status);
        if (*status == reservation.status) co_return reservation;

        reservation.status = *status;
        reservation.updated_at = clock_.now();
        auto ended = co_await reservations_.end(ctx, order_id, *status, reservation.updated_at);
        if (ended) co_return reservation;
        if (ended.error().reason() != "CONTENDED") co_return std::move(ended).error();
    }
    co_return contended();
}

Task<Result<int>> StockDesk::expire_overdue(const CallContext& ctx) {
    const auto now = clock_.now();
    auto overdue = co_await reservations_.overdue(ctx, now, kExpiredAtOnceMax);
    if (!overdue) co_return std::move(overdue).error();
    int expired = 0;
    for (const auto order_id : *overdue) {
        auto ended = co_await reservations_.end(ctx, order_id, ReservationStatus::expired, now);
        if (ended) ++expired;
        // Somebody else ended it in the meantime, which is as good.
        if (!ended && ended.error().reason() != "CONTENDED") co_return std::move(ended).error();
    }
    co_return expired;
}

}  // namespace tw::catalog
