#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"
#include "services/mapping/transitions.hpp"

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
/// The user service's id of a user. An order knows nothing else of the person.
using UserId = Id<struct User>;

enum class Status : std::uint8_t { pending, confirmed, fulfilled, completed, canceling, canceled, expired };
enum class Event : std::uint8_t { payment_authorized, payment_declined, expire, cancel, undone, fulfil, complete };

/// Every change of status that an order may make.
inline constexpr std::array kTransitions{
    Transition{Status::pending, Event::payment_authorized, Status::confirmed},
    Transition{Status::pending, Event::payment_declined, Status::pending},
    Transition{Status::pending, Event::expire, Status::expired},
    Transition{Status::pending, Event::cancel, Status::canceling},
    Transition{Status::confirmed, Event::cancel, Status::canceling},
    // An order stays `canceling` until its stock is released, so it is never left half canceled.
    Transition{Status::canceling, Event::undone, Status::canceled},
    Transition{Status::confirmed, Event::fulfil, Status::fulfilled},
    Transition{Status::fulfilled, Event::complete, Status::completed},
};

/// Returns the status that follows, or nothing if `event` may not happen to an order in `status`.
constexpr std::optional<Status> next(Status status, Event event) { return find_next(kTransitions, status, event); }

enum class PaymentStatus : std::uint8_t { none, processing, authorized, paid, partially_refunded, refunded, failed };

/// When an authorised payment is captured.
enum class Capture : std::uint8_t { automatic, on_fulfilment };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);
std::string_view payment_status_name(PaymentStatus status);
std::optional<PaymentStatus> parse_payment_status(std::string_view name);
std::string_view capture_name(Capture capture);
std::optional<Capture> parse_capture(std::string_view name);

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

/// Adds up the lines, of which there is at least one. Shipping is free and prices include the tax,
/// so both are 0. Fails with FAILED_PRECONDITION: the reason is CURRENCY_MIXED if the lines have
/// different currencies, and AMOUNT_TOO_LARGE if the sum is larger than any amount can be.
Result<Totals> add_up(const std::vector<Line>& lines);

/// How long a pending order waits for its payment unless a setting says otherwise.
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
    /// Nothing until the order is confirmed.
    std::optional<Capture> capture;
    std::string tracking;
    /// The id of the durable flow that is changing the payment; empty if there is none. So at most
    /// one flow at a time changes the payment of an order.
    std::string active_flow;
    /// How many payments were tried.
    std::int32_t payment_attempts = 0;
};

/// Returns the order with the next version, and with `now` as the time of its last change. The time
/// of a change is always later than that of the change before, also if another machine, whose clock
/// is ahead, made that one.
Order changed(Order order, Timestamp now);

/// Returns the order after `event`. Fails with FAILED_PRECONDITION, reason ILLEGAL_TRANSITION, if
/// the order's status does not allow it.
Result<Order> after(Order order, Event event, Timestamp now);

}  // namespace tw::order
