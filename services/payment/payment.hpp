#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::payment {

struct Payment;
using PaymentId = Id<Payment>;
/// Other services' ids of an order and of a user; all that a payment knows of them.
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
    submit,     ///< sent to the provider; its answer is not known yet
    challenge,  ///< the provider wants the customer to do something first
    resume,     ///< the customer did
    authorize,  ///< the provider set the money aside
    charge,     ///< the provider took the money at once
    decline,    ///< the provider refused
    capture,    ///< what was set aside has been taken
    cancel,
    conflict,  ///< the provider speaks of another amount
};

struct Transition {
    Status from;
    Event event;
    Status to;
};

/// Every change of status that a payment may make; what is not listed is refused.
inline constexpr std::array kTransitions{
    Transition{Status::requires_confirmation, Event::submit, Status::processing},
    Transition{Status::processing, Event::challenge, Status::requires_action},
    Transition{Status::requires_action, Event::resume, Status::processing},
    Transition{Status::processing, Event::authorize, Status::requires_capture},
    Transition{Status::processing, Event::charge, Status::succeeded},
    // A declined payment can be tried again with another token.
    Transition{Status::processing, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_action, Event::decline, Status::requires_confirmation},
    Transition{Status::requires_capture, Event::capture, Status::succeeded},
    Transition{Status::requires_confirmation, Event::cancel, Status::canceled},
    Transition{Status::requires_action, Event::cancel, Status::canceled},
    Transition{Status::requires_capture, Event::cancel, Status::canceled},
    // Money that may have moved is for people to look at.
    Transition{Status::processing, Event::conflict, Status::conflicted},
};

/// The status that follows, or nothing where `event` may not happen to a payment in `status`.
constexpr std::optional<Status> next(Status status, Event event) {
    for (const auto& transition : kTransitions) {
        if (transition.from == status && transition.event == event) return transition.to;
    }
    return std::nullopt;
}

/// Whether the money is taken when it is authorised, or later.
enum class CaptureMethod : std::uint8_t { automatic, manual };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);
std::string_view capture_method_name(CaptureMethod method);
std::optional<CaptureMethod> parse_capture_method(std::string_view name);

struct Payment {
    PaymentId id;
    OrderId order_id;
    /// 1 for the order's first payment.
    std::int32_t attempt = 1;
    UserId user_id;
    Money amount;
    Money capturable;
    Money captured;
    Money refunded;
    Status status = Status::requires_confirmation;
    CaptureMethod capture_method = CaptureMethod::automatic;
    /// Of the token that was submitted last (`token_hash`); empty where none was.
    std::string token_hash;
    std::string provider_ref;
    std::string last_error;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// The payment after `event`: status, amounts, time and version. FAILED_PRECONDITION, reason ILLEGAL_TRANSITION, where that
/// may not happen.
Result<Payment> after(Payment payment, Event event, Timestamp now);

/// Whether money may have moved for a payment in this status, or may be about to: no other attempt may charge its order then.
bool is_charging(Status status);

/// What of a token is stored: SHA-256 in hexadecimal digits.
std::string token_hash(std::string_view token);

/// What the provider knows the submission of a payment by, so that it acts once however often it is asked. A payment that was
/// declined is submitted anew with another token, and then has another key.
std::string provider_key(const Payment& payment);

/// Whether both are one attempt to collect the same money in the same way from the same user.
bool same_attempt(const Payment& a, const Payment& b);

/// Whether a card number stands somewhere in `text`: 12 to 19 digits, perhaps in groups, whose check digit (ISO/IEC 7812-1
/// annex B) is right. Such a text must be neither stored nor repeated.
bool has_card_number(std::string_view text);

}  // namespace tw::payment
