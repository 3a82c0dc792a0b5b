#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::order {

struct Order;
using OrderId = Id<Order>;
/// The user service's id of a user; all that an order knows of the person.
using UserId = Id<struct User>;

enum class Status : std::uint8_t { pending, confirmed, fulfilled, completed, canceling, canceled, expired };
enum class Event : std::uint8_t { payment_authorized, payment_declined, expire, cancel, undone, fulfil, complete };

struct Transition {
    Status from;
    Event event;
    Status to;
};

/// Every change of status that an order may make; what is not listed is refused. Code, tests and the documentation's diagram
/// all come from this table.
inline constexpr std::array kTransitions{
    Transition{Status::pending, Event::payment_authorized, Status::confirmed},
    Transition{Status::pending, Event::payment_declined, Status::pending},
    Transition{Status::pending, Event::expire, Status::expired},
    Transition{Status::pending, Event::cancel, Status::canceling},
    Transition{Status::confirmed, Event::cancel, Status::canceling},
    // An order stays `canceling` until payment and stock have been given back, so it can never be half undone.
    Transition{Status::canceling, Event::undone, Status::canceled},
    Transition{Status::confirmed, Event::fulfil, Status::fulfilled},
    Transition{Status::fulfilled, Event::complete, Status::completed},
};

/// The status that follows, or nothing where `event` may not happen to an order in `status`.
constexpr std::optional<Status> next(Status status, Event event) {
    for (const auto& transition : kTransitions) {
        if (transition.from == status && transition.event == event) return transition.to;
    }
    return std::nullopt;
}

enum class PaymentStatus : std::uint8_t { none, processing, authorized, paid, partially_refunded, refunded, failed };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);
std::string_view payment_status_name(PaymentStatus status);
std::optional<PaymentStatus> parse_payment_status(std::string_view name);

struct Line {
    std::string product_id;
    std::string name;
    Money unit_price;
    std::int32_t quantity = 0;
};

struct Totals {
    Money subtotal;
    Money shipping;
    Money tax;
    Money total;
};

/// Adds `lines` up; there is at least one. Shipping is free and prices include the tax, so both are nothing.
/// FAILED_PRECONDITION, reason CURRENCY_MIXED when the lines' currencies differ, reason AMOUNT_TOO_LARGE when the sum fits
/// no amount.
Result<Totals> add_up(const std::vector<Line>& lines);

/// How long a pending order waits for its payment.
inline constexpr std::chrono::minutes kPaymentWindow{30};

struct Order {
    OrderId id;
    UserId user_id;
    Status status = Status::pending;
    std::vector<Line> lines;
    Totals totals;
    std::string payment_id;
    PaymentStatus payment_status = PaymentStatus::none;
    std::string reason;
    Timestamp expires_at;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// The order after `event`. FAILED_PRECONDITION, reason ILLEGAL_TRANSITION, where that may not happen.
Result<Order> after(Order order, Event event, Timestamp now);

}  // namespace tw::order
