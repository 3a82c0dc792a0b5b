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
    capturing,  ///< the provider is being asked to capture; callers see requires_capture
    voiding,    ///< the provider is being asked to void; callers see requires_capture
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
    capture,    ///< the provider is going to be asked to capture what it had authorised
    captured,   ///< the provider captured
    cancel,     ///< it is canceled, and the provider is going to be asked to void an authorisation
    voided,     ///< the provider voided the authorisation
    refuse,     ///< the provider refused to capture or to void
    conflict,   ///< the provider reports another amount, or money that was not expected
};

/// Every change of status that a payment may make. What the provider is asked for is stored before
/// it is asked (capturing, voiding). So a payment is never captured and voided at the same time,
/// and a question whose answer was lost is asked again.
inline constexpr std::array kTransitions{
    Transition{Status::requires_confirmation, Event::submit, Status::processing},
    Transition{Status::processing, Event::challenge, Status::requires_action},
    Transition{Status::requires_action, Event::resume, Status::processing},
    Transition{Status::processing, Event::authorize, Status::requires_capture},
    Transition{Status::processing, Event::charge, Status::succeeded},
    // A declined payment may be submitted again with another token.
    Transition{Status::processing, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_action, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_capture, Event::capture, Status::capturing},
    Transition{Status::capturing, Event::captured, Status::succeeded},
    Transition{Status::capturing, Event::refuse, Status::requires_capture},
    Transition{Status::requires_confirmation, Event::cancel, Status::canceled},
    Transition{Status::requires_action, Event::cancel, Status::canceled},
    Transition{Status::requires_capture, Event::cancel, Status::voiding},
    Transition{Status::voiding, Event::voided, Status::canceled},
    Transition{Status::voiding, Event::refuse, Status::requires_capture},
    // The provider may have moved money, so people have to look at the payment.
    Transition{Status::processing, Event::conflict, Status::conflicted},
    Transition{Status::capturing, Event::conflict, Status::conflicted},
    Transition{Status::voiding, Event::conflict, Status::conflicted},
    // The provider answers after it was taken for granted that the question never reached it.
    Transition{Status::requires_confirmation, Event::conflict, Status::conflicted},
};

/// Returns the status that follows, or nothing if `event` may not happen to a payment in `status`.
constexpr std::optional<Status> next(Status status, Event event) { return find_next(kTransitions, status, event); }

/// Whether the provider captures the money when it authorises the payment, or when it is told to.
enum class CaptureMethod : std::uint8_t { automatic, manual };

/// Whether the provider has been asked to capture or to void, and its answer is not stored.
constexpr bool is_under_way(Status status) { return status == Status::capturing || status == Status::voiding; }

/// Whether the outcome of something that the provider was asked for is not known here.
constexpr bool is_unsettled(Status status) { return status == Status::processing || is_under_way(status); }

/// Returns the status that callers see.
constexpr Status public_status(Status status) { return is_under_way(status) ? Status::requires_capture : status; }

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
    std::string cancel_reason;
    /// The key of the call that asked for the last capture (see the function capture_key). It is
    /// empty if that call had no idempotency key.
    std::string capture_key;
    /// The captures that the provider refused (see capture_refusals.hpp).
    std::string capture_refusals;
    /// How often the reconciler has asked about the payment since its last change.
    std::int32_t reconcile_attempts = 0;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// Returns the payment after `event`, with its new status, amounts, time of change and version. The
/// time of change is `now`, or a microsecond after the last change if the clock has gone back.
/// Fails with FAILED_PRECONDITION, reason ILLEGAL_TRANSITION, if the payment's status does not
/// allow it.
Result<Payment> after(Payment payment, Event event, Timestamp now);

/// Whether money may have moved, or may be about to move, for a payment in this status. No other
/// attempt may charge the order then.
bool is_charging(Status status);

/// Returns the SHA-256 of a token in hexadecimal digits. The token itself is never stored.
std::string token_hash(std::string_view token);

/// Returns the provider's idempotency key for what the payment's status says that the provider is
/// being asked for: to authorise, to capture or to void. The provider acts once, however often it
/// is asked with one key. A payment that was declined and is submitted again with another token has
/// another key. So has a capture after one that was refused.
std::string provider_key(const Payment& payment);

/// Returns the key of a charge by the token with this hash.
std::string charge_key(std::string_view payment_id, std::string_view token_hash);

/// Whether both are the same attempt to pay an order: same user, amount and capture method.
bool same_attempt(const Payment& a, const Payment& b);

}  // namespace tw::payment
