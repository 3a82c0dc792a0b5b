#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"
#include "services/mapping/transitions.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::payment {

struct Payment;
using PaymentId = Id<Payment>;
/// Ids of other services. A payment knows nothing else of its order and user.
using OrderId = Id<struct Order>;
using UserId = Id<struct User>;

enum class Status : std::uint8_t {
    requires_confirmation,
    requires_action,
    processing,
    requires_capture,
    succeeded,
    canceled,
    conflicted
};

enum class Event : std::uint8_t {
    submit,     ///< it goes to the provider, whose answer is not known yet
    challenge,  ///< the provider asks the customer to do something first
    resume,     ///< the customer did what the provider asked for
    authorize,  ///< the provider authorised the amount
    charge,     ///< the provider authorised and captured the amount
    decline,    ///< the provider declined
    capture,    ///< the provider captured what it had authorised
    cancel,
    conflict,  ///< the provider reports another amount
};

/// Every change of status that a payment may make.
inline constexpr std::array kTransitions{
    Transition{Status::requires_confirmation, Event::submit, Status::processing},
    Transition{Status::processing, Event::challenge, Status::requires_action},
    Transition{Status::requires_action, Event::resume, Status::processing},
    Transition{Status::processing, Event::authorize, Status::requires_capture},
    Transition{Status::processing, Event::charge, Status::succeeded},
    // A declined payment may be submitted again with another token.
    Transition{Status::processing, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_action, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_capture, Event::capture, Status::succeeded},
    Transition{Status::requires_confirmation, Event::cancel, Status::canceled},
    Transition{Status::requires_action, Event::cancel, Status::canceled},
    Transition{Status::requires_capture, Event::cancel, Status::canceled},
    // The provider may have moved money, so people have to look at the payment.
    Transition{Status::processing, Event::conflict, Status::conflicted},
};

/// Returns the status that follows, or nothing if `event` may not happen to a payment in `status`.
constexpr std::optional<Status> next(Status status, Event event) { return find_next(kTransitions, status, event); }

/// Whether the provider captures the money when it authorises the payment, or when it is told to.
enum class CaptureMethod : std::uint8_t { automatic, manual };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);
std::string_view capture_method_name(CaptureMethod method);
std::optional<CaptureMethod> parse_capture_method(std::string_view name);

struct Payment {
    PaymentId id;
    OrderId order_id;
    /// The first payment of an order is attempt 1.
    std::int32_t attempt = 1;
    UserId user_id;
    Money amount;
    Money capturable;
    Money captured;
    Money refunded;
    Status status = Status::requires_confirmation;
    CaptureMethod capture_method = CaptureMethod::automatic;
    /// The hash (see the function token_hash) of the token that was submitted last. It is empty
    /// before the first one.
    std::string token_hash;
    std::string provider_ref;
    std::string last_error;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// Returns the payment after `event`, with its new status, amounts, time of change and version.
/// Fails with FAILED_PRECONDITION, reason ILLEGAL_TRANSITION, if the payment's status does not
/// allow it.
Result<Payment> after(Payment payment, Event event, Timestamp now);

/// Whether money may have moved, or may be about to move, for a payment in this status. No other
/// attempt may charge the order then.
bool is_charging(Status status);

/// Returns the SHA-256 of a token in hexadecimal digits. The token itself is never stored.
std::string token_hash(std::string_view token);

/// Returns the provider's idempotency key for the submission of a payment. The provider acts once,
/// however often it is asked with one key. A payment that was declined and is submitted again with
/// another token has another key.
std::string provider_key(const Payment& payment);

/// Whether both are the same attempt to pay an order: same user, amount and capture method.
bool same_attempt(const Payment& a, const Payment& b);

/// Whether `text` contains a card number: 12 to 19 digits, perhaps in groups, whose check digit
/// (ISO/IEC 7812-1 annex B) is right. Such a text must neither be stored nor appear in an answer.
bool has_card_number(std::string_view text);

}  // namespace tw::payment
