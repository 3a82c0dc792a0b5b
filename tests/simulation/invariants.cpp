#include "tests/simulation/invariants.hpp"

#include "tests/simulation/key_invariants.hpp"
#include "tests/simulation/order_history.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

using Broken = std::vector<std::string>;

std::int64_t number(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Whoever ends what is overdue may be ahead by so much.
constexpr std::int64_t kClockErrorMicros = 30'000'000;

struct ReservationRow {
    std::string status;
    std::int64_t expires_at = 0;
    std::map<std::string, std::int64_t> pieces;
};

/// What the catalogue's database says at one moment.
struct CatalogRows {
    std::map<std::string, ReservationRow> reservations;
    /// product_id, delta, reason; of the clerk's adjustments
    Books::Rows adjustments;
    /// product_id, delta; of the whole journal
    Books::Rows movements;
    /// product_id, on_hand, reserved
    Books::Rows stock;
};

CatalogRows read_catalog(const Books& books) {
    auto answers = books.read(
        "catalog", {"SELECT order_id, status, expires_at, restocked FROM reservations",
                    "SELECT order_id, product_id, quantity FROM reservation_lines",
                    "SELECT product_id, delta, reason FROM stock_adjustments WHERE kind = 'adjusted'",
                    "SELECT product_id, on_hand, reserved FROM stock", "SELECT product_id, delta FROM stock_adjustments"});
    CatalogRows catalog{.reservations = {},
                        .adjustments = std::move(answers[2]),
                        .movements = std::move(answers[4]),
                        .stock = std::move(answers[3])};
    for (const auto& row : answers[0]) {
        catalog.reservations[row[0]] = {
            .status = row[3] == "1" ? "restocked" : row[1], .expires_at = number(row[2]), .pieces = {}};
    }
    for (const auto& row : answers[1]) catalog.reservations[row[0]].pieces[row[1]] += number(row[2]);
    return catalog;
}

struct OrderRow {
    std::string user;
    std::string status;
    std::string payment_status;
    std::string active_flow;
    std::int64_t expires_at = 0;
    std::map<std::string, std::int64_t> pieces;
};

std::map<std::string, OrderRow> read_orders(const Books& books) {
    std::map<std::string, OrderRow> orders;
    auto answers = books.read("order", {"SELECT id, user_id, status, payment_status, active_flow, expires_at FROM orders",
                                        "SELECT order_id, product_id, quantity FROM order_lines"});
    for (auto& row : answers[0]) {
        orders[row[0]] = {.user = std::move(row[1]),
                          .status = std::move(row[2]),
                          .payment_status = std::move(row[3]),
                          .active_flow = std::move(row[4]),
                          .expires_at = number(row[5]),
                          .pieces = {}};
    }
    for (const auto& row : answers[1]) {
        orders[row[0]].pieces[row[1]] += number(row[2]);
    }
    return orders;
}

/// The stock that is reserved is the sum of the held reservations.
void check_stock(const CatalogRows& catalog, Broken& broken) {
    std::map<std::string, std::int64_t> reserved_pieces;
    for (const auto& [order, reservation] : catalog.reservations) {
        if (reservation.status != "held") continue;
        for (const auto& [product, pieces] : reservation.pieces) reserved_pieces[product] += pieces;
    }
    std::map<std::string, std::int64_t> delivered;
    for (const auto& row : catalog.adjustments) delivered[row[0]] += number(row[1]);
    std::map<std::string, std::int64_t> moved;
    for (const auto& row : catalog.movements) moved[row[0]] += number(row[1]);
    std::map<std::string, std::int64_t> sold;
    for (const auto& [order, reservation] : catalog.reservations) {
        if (reservation.status != "committed") continue;
        for (const auto& [product, pieces] : reservation.pieces) sold[product] += pieces;
    }
    for (const auto& row : catalog.stock) {
        const auto on_hand = number(row[1]);
        const auto reserved = number(row[2]);
        if (reserved < 0 || reserved > on_hand)
            broken.push_back(fmt::format("{} has {} on hand and {} reserved", row[0], on_hand, reserved));
        if (reserved != reserved_pieces[row[0]])
            broken.push_back(
                fmt::format("{} has {} reserved, and its reservations are of {}", row[0], reserved, reserved_pieces[row[0]]));
        if (on_hand != delivered[row[0]] - sold[row[0]]) {
            broken.push_back(fmt::format("{} has {} on hand, and {} were delivered and {} sold", row[0], on_hand,
                                         delivered[row[0]], sold[row[0]]));
        }
        if (on_hand != moved[row[0]])
            broken.push_back(fmt::format("{} has {} on hand, and its journal adds up to {}", row[0], on_hand, moved[row[0]]));
    }
}

void check_users(const Books& books, const Journal& journal, Broken& broken) {
    std::map<std::string, std::string> stored;
    for (const auto& row : books.rows("user", "SELECT email, id FROM users")) {
        if (!stored.emplace(row[0], row[1]).second) broken.push_back("two users have the address " + row[0]);
    }
    for (const auto& user : journal.users) {
        const auto found = stored.find(user.email);
        if (user.told == Told::done && (found == stored.end() || found->second != user.id)) {
            broken.push_back("the user " + user.email + " was acknowledged and is not stored");
        }
        if (user.told == Told::refused && found != stored.end())
            broken.push_back("the user " + user.email + " was refused and is stored");
        stored.erase(user.email);
    }
    for (const auto& [email, id] : stored) broken.push_back("nobody asked for the user " + email);
}

void check_adjustments(const CatalogRows& catalog, const Journal& journal, Broken& broken) {
    std::map<std::string, int> stored;
    for (const auto& row : catalog.adjustments) ++stored[row[2]];
    for (const auto& one : journal.adjustments) {
        const auto count = stored[one.reason];
        if (one.told == Told::done && count == 0)
            broken.push_back("the adjustment " + one.reason + " was acknowledged and is not stored");
        if (one.told == Told::refused && count > 0)
            broken.push_back("the adjustment " + one.reason + " was refused and is stored");
        if (count > 1)
            broken.push_back(fmt::format("the adjustment {} was asked for once and is stored {} times", one.reason, count));
    }
}

/// Every order that is stored was asked for, once: acknowledged under its id, or by an attempt that was left open.
void check_orders(const std::map<std::string, OrderRow>& orders, const Journal& journal, std::int64_t now, Broken& broken) {
    std::set<std::string> acknowledged;
    std::map<std::pair<std::string, std::map<std::string, std::int64_t>>, int> open;
    for (const auto& order : journal.orders) {
        if (order.told == Told::open) ++open[{order.user_id, order.pieces}];
        if (order.told != Told::done) continue;
        acknowledged.insert(order.id);
        const auto found = orders.find(order.id);
        if (found == orders.end()) {
            broken.push_back("the order " + order.id + " was acknowledged and is not stored");
            continue;
        }
        const auto& row = found->second;
        if (row.pieces != order.pieces || row.user != order.user_id)
            broken.push_back("the order " + order.id + " is stored as another");
        const auto fault = fault_of_status(order, row.status, row.payment_status, now);
        if (fault) broken.push_back("the order " + order.id + " " + *fault);
    }
    for (const auto& [id, row] : orders) {
        if (acknowledged.contains(id)) continue;
        if (--open[{row.user, row.pieces}] < 0)
            broken.push_back("the order " + id + " is stored, and every attempt at it was refused");
    }
}

/// Pending orders have their stock reserved, canceled ones have not, and no reservation stays held without its order for good.
void check_reservations(const std::map<std::string, OrderRow>& orders, const std::map<std::string, ReservationRow>& reservations,
                        std::int64_t now, Broken& broken) {
    for (const auto& [id, order] : orders) {
        const auto found = reservations.find(id);
        const bool held = found != reservations.end() && found->second.status == "held";
        const bool over = order.expires_at <= now + kClockErrorMicros;
        // A flow that pays the order takes the stock before it confirms the order. If an operator
        // cancels it in between, the order keeps its stock for another payment.
        const bool taken = found != reservations.end() && found->second.status == "committed" && order.payment_status == "failed";
        if (order.status == "pending" && order.active_flow.empty() && !over && !held && !taken) {
            broken.push_back(fmt::format("the order {} is pending, and its reservation is {}", id,
                                         found == reservations.end() ? "gone" : found->second.status));
        }
        if (held && found->second.pieces != order.pieces)
            broken.push_back("the order " + id + " has other pieces reserved than it has");
    }
    for (const auto& [id, reservation] : reservations) {
        // One that nobody can read cannot be ended either.
        if (reservation.status != "held" || id.starts_with("damaged")) continue;
        constexpr std::int64_t kSweepMicros = 60'000'000;
        if (reservation.expires_at + kClockErrorMicros + kSweepMicros < now)
            broken.push_back("the reservation of " + id + " is overdue and does not expire");
    }
}

/// What the catalogue told others of their reservations. Reservations that expire may have done so by `now`.
void check_tills(const std::map<std::string, ReservationRow>& reservations, const Journal& journal, std::int64_t now,
                 Broken& broken) {
    for (const auto& told : journal.reservations) {
        const auto found = reservations.find(told.order_id);
        const std::string status = found == reservations.end() ? "gone" : found->second.status;
        const bool over = found != reservations.end() && found->second.expires_at <= now + kClockErrorMicros;
        if (told.released == Told::done && (status == "held" || status == "committed")) {
            broken.push_back("the reservation of " + told.order_id + " was released and is " + status);
        }
        if (told.committed == Told::done && status != "committed") {
            broken.push_back("the reservation of " + told.order_id + " was committed and is " + status);
        }
        if (told.reserved == Told::refused && status == "held" && !over) {
            broken.push_back("the reservation of " + told.order_id + " was refused and is held");
        }
        const bool kept = told.reserved == Told::done && told.released == Told::refused && told.committed == Told::refused;
        if (kept && status != "held" && !over)
            broken.push_back("the reservation of " + told.order_id + " was acknowledged and is " + status);
    }
}

}  // namespace

Broken always_broken(const Books& books) {
    Broken broken;
    check_stock(read_catalog(books), broken);
    return broken;
}

Broken finally_broken(const Books& books, const Journal& journal, std::int64_t now_micros) {
    Broken broken;
    const auto catalog = read_catalog(books);
    const auto orders = read_orders(books);
    check_stock(catalog, broken);
    check_users(books, journal, broken);
    check_adjustments(catalog, journal, broken);
    check_orders(orders, journal, now_micros, broken);
    check_reservations(orders, catalog.reservations, now_micros, broken);
    check_tills(catalog.reservations, journal, now_micros, broken);
    for (auto& fault : broken_keys(books, journal)) broken.push_back(std::move(fault));
    return broken;
}

}  // namespace tw::shop
