#include "tests/simulation/checkout_invariants.hpp"

#include "tests/simulation/order_history.hpp"

#include <charconv>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

using Broken = std::vector<std::string>;

std::int64_t integer(const std::string& text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

struct CheckoutOrder {
    std::string status;
    std::string payment_status;
    std::string payment_id;
    std::string capture;
    std::string active_flow;
    std::int64_t total = 0;
    std::int64_t version = 0;
    std::int64_t expires_at = 0;

    bool was_confirmed() const { return status == "confirmed" || status == "fulfilled" || status == "completed"; }
};

struct CheckoutPayment {
    std::string order_id;
    std::string status;
    std::string under_way;
    std::int64_t amount = 0;
    std::int64_t capturable = 0;
    std::int64_t captured = 0;
};

struct Checkout {
    std::map<std::string, CheckoutOrder> orders;
    std::map<std::string, CheckoutPayment> payments;
    /// By order: the status of the reservation of its stock.
    std::map<std::string, std::string> reservations;
    /// By order: the versions of its timeline, in order, and the status in each.
    std::map<std::string, std::vector<std::pair<std::int64_t, std::string>>> timelines;
    /// The flows that an operator has canceled.
    std::set<std::string> canceled_flows;
    /// The orders of which an event was put aside.
    std::set<std::string> dead;
};

Checkout read_checkout(const Books& books) {
    Checkout all;
    auto order_rows = books.read(
        "order",
        {"SELECT id, status, payment_status, payment_id, capture, active_flow, total_minor, version, expires_at FROM orders",
         "SELECT order_id, version, status FROM order_timeline ORDER BY order_id, version",
         "SELECT aggregate_id FROM dead_events", "SELECT flow_id FROM flow_steps WHERE name = 'canceled by an operator'"});
    for (auto& row : order_rows[0]) {
        all.orders[row[0]] = {.status = std::move(row[1]),
                              .payment_status = std::move(row[2]),
                              .payment_id = std::move(row[3]),
                              .capture = std::move(row[4]),
                              .active_flow = std::move(row[5]),
                              .total = integer(row[6]),
                              .version = integer(row[7]),
                              .expires_at = integer(row[8])};
    }
    for (auto& row : order_rows[1]) all.timelines[row[0]].emplace_back(integer(row[1]), std::move(row[2]));
    for (const auto& row : order_rows[2]) all.dead.insert(row[0]);
    for (const auto& row : order_rows[3]) all.canceled_flows.insert(row[0]);
    auto payment_rows = books.rows(
        "payment", "SELECT id, order_id, status, under_way, amount_minor, capturable_minor, captured_minor FROM payments");
    for (auto& row : payment_rows) {
        all.payments[row[0]] = {.order_id = std::move(row[1]),
                                .status = std::move(row[2]),
                                .under_way = std::move(row[3]),
                                .amount = integer(row[4]),
                                .capturable = integer(row[5]),
                                .captured = integer(row[6])};
    }
    auto held = books.rows("catalog", "SELECT order_id, status, restocked FROM reservations");
    for (auto& row : held) all.reservations[row[0]] = row[2] == "1" ? "restocked" : std::move(row[1]);
    return all;
}

/// The events of an order are applied once, and in the order of its versions if that is promised.
void check_timelines(const Checkout& all, EventPromises promises, Broken& broken) {
    for (const auto& [id, timeline] : all.timelines) {
        const auto order = all.orders.find(id);
        if (order == all.orders.end()) {
            broken.push_back("there is a timeline of " + id + ", and no such order");
            continue;
        }
        if (all.dead.contains(id)) continue;
        std::int64_t expected = 0;
        std::string status = "pending";
        for (const auto& [version, next] : timeline) {
            if (version != ++expected && promises.in_order)
                broken.push_back(fmt::format("the timeline of {} has version {} and not {}", id, version, expected));
            if (!may_become(status, next))
                broken.push_back(fmt::format("by its timeline {} becomes {} after {}", id, next, status));
            if (is_final(status)) broken.push_back(fmt::format("by its timeline {} changes after it is {}", id, status));
            status = next;
            expected = version;
        }
        if (expected > order->second.version) broken.push_back("the timeline of " + id + " is ahead of the order");
        if (expected == order->second.version && status != order->second.status)
            broken.push_back(fmt::format("{} is {}, and by its timeline {}", id, order->second.status, status));
    }
}

void check_payments(const Checkout& all, Broken& broken) {
    for (const auto& [id, payment] : all.payments) {
        if (payment.captured + payment.capturable > payment.amount)
            broken.push_back(fmt::format("of payment {} more is captured than was authorised", id));
        if (payment.status == "canceled" && payment.captured + payment.capturable > 0)
            broken.push_back("the payment " + id + " is canceled and has money");
    }
}

/// By order: the provider's charges that have its money.
using Money = std::map<std::string, std::vector<const ProviderModel::Charge*>>;

Money money_of_orders(const Checkout& all, const ProviderModel& provider, Broken& broken) {
    Money money;
    for (const auto& [reference, charge] : provider.charges()) {
        if (!charge.has_money()) continue;
        const auto payment = all.payments.find(charge.payment_id);
        if (payment == all.payments.end()) {
            broken.push_back(fmt::format("the provider has money ({}) of a payment that is not stored", reference));
            continue;
        }
        money[payment->second.order_id].push_back(&charge);
        if (charge.captured_minor > charge.amount_minor) broken.push_back(reference + " is captured more than once");
        if (charge.amount_minor != payment->second.amount) broken.push_back(reference + " is of another amount than its payment");
    }
    return money;
}

void check_money(const Checkout& all, const Money& money, Broken& broken) {
    for (const auto& [id, charges] : money) {
        if (charges.size() > 1) broken.push_back(fmt::format("the provider has the money of {} {} times", id, charges.size()));
        const auto order = all.orders.find(id);
        if (order == all.orders.end()) {
            broken.push_back("the provider has the money of " + id + ", which is no order");
            continue;
        }
        if (charges.front()->amount_minor != order->second.total)
            broken.push_back(
                fmt::format("the provider has {} of {}, which costs {}", charges.front()->amount_minor, id, order->second.total));
        if (order->second.status == "canceled" || order->second.status == "expired")
            broken.push_back(fmt::format("the provider has the money of {}, which is {}", id, order->second.status));
    }
    for (const auto& [id, order] : all.orders) {
        const auto found = money.find(id);
        const auto* const charge = found == money.end() ? nullptr : found->second.front();
        // Who cancels an order, or a flow that pays it, voids the payment first.
        const bool voided = order.status == "canceling" || all.canceled_flows.contains(order.active_flow);
        const bool held = order.payment_status == "authorized" && !voided;
        if (order.payment_status == "paid" && (charge == nullptr || charge->captured_minor != order.total))
            broken.push_back("the order " + id + " is paid, and the provider has not captured its total");
        if (held && charge == nullptr)
            broken.push_back("the payment of " + id + " is authorised, and the provider has voided it");
    }
}

/// A confirmed order has its stock, and an order that has ended without being paid has none.
void check_stock_of_orders(const Checkout& all, Broken& broken) {
    for (const auto& [id, order] : all.orders) {
        const auto found = all.reservations.find(id);
        const std::string stock = found == all.reservations.end() ? "gone" : found->second;
        if (order.was_confirmed() && stock != "committed")
            broken.push_back(fmt::format("the order {} is {}, and its stock is {}", id, order.status, stock));
        if (order.status == "canceled" && (stock == "held" || stock == "committed"))
            broken.push_back(fmt::format("the order {} is canceled, and its stock is {}", id, stock));
    }
}

/// All events of each order have been applied.
void check_final_timelines(const Checkout& all, Broken& broken) {
    for (const auto& [id, order] : all.orders) {
        if (all.dead.contains(id)) continue;
        const auto found = all.timelines.find(id);
        std::int64_t last = 0;
        for (const auto& [version, status] : found == all.timelines.end() ? decltype(found->second){} : found->second) {
            if (version != last + 1) broken.push_back(fmt::format("the timeline of {} has {} after {}", id, version, last));
            last = version;
        }
        if (last != order.version) broken.push_back(fmt::format("the timeline of {} lacks its version {}", id, order.version));
    }
}

void check_ended(const Checkout& all, std::int64_t now, Broken& broken) {
    constexpr std::int64_t kSweepMicros = 60'000'000;
    for (const auto& [id, order] : all.orders) {
        if (!order.active_flow.empty()) broken.push_back(fmt::format("the flow {} of {} does not end", order.active_flow, id));
        if (order.status == "canceling") broken.push_back("the order " + id + " stays canceling");
        if (order.payment_status == "processing") broken.push_back("the payment of " + id + " stays processing");
        const bool overdue = order.status == "pending" && order.expires_at + kSweepMicros < now;
        if (overdue) broken.push_back("the order " + id + " is overdue and does not expire");
        const auto stock = all.reservations.find(id);
        const bool held = stock != all.reservations.end() && stock->second == "held";
        if (order.status == "expired" && held) broken.push_back("the order " + id + " is expired and has stock reserved");
        const bool committed = stock != all.reservations.end() && stock->second == "committed";
        // An operator may have canceled a flow that had taken the stock.
        if (order.status == "expired" && committed)
            broken.push_back(fmt::format("the order {} is expired, and its stock is committed", id));
        if (order.status == "pending" && committed)
            broken.push_back("the order " + id + " is pending, and its stock is committed");
    }
}

/// Every charge with money belongs to an order that shows it.
void check_final_money(const Checkout& all, const Money& money, Broken& broken) {
    for (const auto& [id, charges] : money) {
        const auto order = all.orders.find(id);
        if (order == all.orders.end()) continue;
        const bool captured = charges.front()->captured_minor > 0;
        if (charges.front()->payment_id != order->second.payment_id)
            broken.push_back("the order " + id + " names another payment than the one that has its money");
        if (captured && order->second.payment_status != "paid")
            broken.push_back(fmt::format("the order {} is captured, and shows {}", id, order->second.payment_status));
        const auto* const expected = charges.front()->capture_refused ? "failed" : "authorized";
        const bool shown = order->second.payment_status == expected && order->second.was_confirmed();
        if (!captured && !shown)
            broken.push_back(fmt::format("the order {} is {} and shows {}, and the provider has an authorisation", id,
                                         order->second.status, order->second.payment_status));
    }
    for (const auto& [id, order] : all.orders) {
        if (order.payment_status == "authorized" && order.capture == "automatic")
            broken.push_back("the payment of " + id + " is not captured");
    }
}

void check_final_payments(const Checkout& all, const ProviderModel& provider, Broken& broken) {
    std::map<std::string, const ProviderModel::Charge*> money;
    for (const auto& [reference, charge] : provider.charges()) {
        if (charge.has_money()) money[charge.payment_id] = &charge;
    }
    for (const auto& [id, payment] : all.payments) {
        const auto found = money.find(id);
        const auto captured = found == money.end() ? 0 : found->second->captured_minor;
        const auto held = found == money.end() ? 0 : found->second->amount_minor - captured;
        const bool settled = payment.under_way.empty() && payment.status != "processing" && payment.status != "conflicted";
        if (!settled) broken.push_back(fmt::format("the payment {} stays {} {}", id, payment.status, payment.under_way));
        if (payment.captured != captured || payment.capturable != held) {
            broken.push_back(fmt::format("the payment {} ({}) has {} captured and {} to capture, and the provider {} and {}", id,
                                         payment.status, payment.captured, payment.capturable, captured, held));
        }
    }
}

/// The steps of each flow are numbered without a gap: only one run at a time has written them.
void check_journals(const Books& books, Broken& broken) {
    std::string flow;
    std::int64_t expected = 0;
    for (const auto& row : books.rows("order", "SELECT flow_id, position, name FROM flow_steps ORDER BY flow_id, position")) {
        if (row[0] != flow) expected = 0;
        flow = row[0];
        // The steps with which a canceled flow was ended have numbers of their own.
        if (row[2] == "canceled by an operator") expected = integer(row[1]);
        if (integer(row[1]) != expected)
            broken.push_back(
                fmt::format("the step \"{}\" of the flow {} has the number {} and not {}", row[2], flow, row[1], expected));
        expected = integer(row[1]) + 1;
    }
}

void check_flows(const Books& books, Broken& broken) {
    const auto rows =
        books.read("order", {"SELECT id, state, error_reason, error_detail FROM flows WHERE state NOT IN ('done', 'canceled')",
                             "SELECT type, aggregate_id FROM outbox", "SELECT error FROM dead_events"});
    for (const auto& row : rows[0]) {
        broken.push_back(fmt::format("the flow {} is {} at the end: {} {}", row[0], row[1], row[2], row[3]));
    }
    for (const auto& row : rows[1]) broken.push_back(fmt::format("{} of {} is not published", row[0], row[1]));
    for (const auto& row : rows[2]) broken.push_back("an event was put aside: " + row[0]);
}

}  // namespace

Broken always_broken_checkout(const Books& books, const ProviderModel& provider, EventPromises promises) {
    Broken broken = provider.broken();
    const auto all = read_checkout(books);
    check_timelines(all, promises, broken);
    check_payments(all, broken);
    const auto money = money_of_orders(all, provider, broken);
    check_money(all, money, broken);
    check_stock_of_orders(all, broken);
    return broken;
}

Broken finally_broken_checkout(const Books& books, const ProviderModel& provider, EventPromises promises,
                               std::int64_t now_micros) {
    Broken broken;
    const auto all = read_checkout(books);
    check_ended(all, now_micros, broken);
    if (promises.all_arrive) check_final_timelines(all, broken);
    const auto money = money_of_orders(all, provider, broken);
    check_final_money(all, money, broken);
    check_final_payments(all, provider, broken);
    check_flows(books, broken);
    check_journals(books, broken);
    return broken;
}

Broken EndedFlows::look(const Books& books) {
    Broken broken;
    auto rows = books.rows(
        "order", "SELECT id, fence, owner, result, error_reason, done_at FROM flows WHERE state IN ('done', 'canceled')");
    for (auto& row : rows) {
        const auto before = known_.find(row[0]);
        if (before == known_.end()) {
            const auto id = row[0];
            known_.emplace(id, std::move(row));
        } else if (before->second != row) {
            broken.push_back("the flow " + row[0] + " was written after it had ended");
        }
    }
    return broken;
}

std::uint64_t count_checkouts(const Books& books) {
    return books.rows("order", "SELECT DISTINCT order_id FROM order_timeline WHERE type = 'order.confirmed'").size();
}

}  // namespace tw::shop
