#include "services/order/refusals.hpp"

#include "services/mapping/card_number.hpp"
#include "services/mapping/reasons.hpp"
#include "services/order/reasons.hpp"

namespace tw::order {
namespace {

/// Says what is wrong with the user that the customer named. Returns nothing if the user may order,
/// or if the user service failed.
std::optional<Error> refuse_user(const Result<::user::User>& user) {
    if (!user) return user.error().code() == Code::not_found ? std::optional{user_unknown()} : std::nullopt;
    if (user->status() == "active") return std::nullopt;
    return Error{Code::failed_precondition, reason::kUserNotActive, "the user is " + user->status()}.with_violation(
        "/user_id", "must be an active user");
}

/// Says what is wrong with the lines that the customer asked for, with pointers into the customer's
/// request. Returns nothing if the lines are reserved, or if the catalogue failed.
std::optional<Error> refuse_lines(const Result<::catalog::Reservation>& reservation, const OrderDraft& draft) {
    if (reservation) return std::nullopt;
    const auto& error = reservation.error();
    if (error.reason() != reason::kProductNotFound && error.reason() != reason::kOutOfStock) return std::nullopt;
    Error refusal{error.code(), error.reason(), error.detail()};
    for (const auto& violation : error.violations()) {
        refusal = std::move(refusal).with_violation(pointer_in_request(draft, violation.pointer), violation.detail);
    }
    return refusal;
}

/// Passes on the error of another service. An error about that service's state is returned as it
/// is. An error about the request that we made is a bug of ours, and becomes INTERNAL.
Error pass_on(const Error& error, std::string_view service) {
    switch (error.code()) {
        case Code::cancelled:
        case Code::deadline_exceeded:
        case Code::resource_exhausted:
        case Code::unavailable:
        case Code::aborted:
            return error;
        default:
            break;
    }
    return internal("the " + std::string{service} + " service answered " + std::string{code_name(error.code())} + " " +
                    error.reason() + ": " + error.detail());
}

}  // namespace

Error user_unknown() {
    return Error{Code::invalid_argument, reason::kUserNotFound, "there is no such user"}.with_violation(
        "/user_id", "is not the id of a user");
}

std::optional<Error> refuse_card_number(std::string_view pointer, std::string_view text) {
    if (!has_card_number(text)) return std::nullopt;
    return Error{Code::invalid_argument, reason::kCardNumberRefused,
                 "card numbers are refused; send the token of the payment provider"}
        .with_violation(std::string{pointer}, "looks like a card number");
}

std::optional<Error> refuse_order(const Result<::user::User>& user, const Result<::catalog::Reservation>& reservation,
                                  const OrderDraft& draft) {
    auto refusal = refuse_user(user);
    const auto lines = refuse_lines(reservation, draft);
    if (refusal && lines) {
        for (const auto& violation : lines->violations()) {
            *refusal = std::move(*refusal).with_violation(violation.pointer, violation.detail);
        }
    }
    if (refusal) return refusal;
    if (lines) return lines;
    if (!user) return pass_on(user.error(), "user");
    if (!reservation) return pass_on(reservation.error(), "catalog");
    return std::nullopt;
}

}  // namespace tw::order
