#include "services/order/refusals.hpp"

namespace tw::order {
namespace {

/// What is wrong with the customer's wish for this user; nothing when the user is fine or did not become known.
std::optional<Error> refuse_user(const Result<::user::User>& user) {
    if (!user) return user.error().code() == Code::not_found ? std::optional{user_unknown()} : std::nullopt;
    if (user->status() == "active") return std::nullopt;
    return Error{Code::failed_precondition, "USER_NOT_ACTIVE", "the user is " + user->status()}.with_violation(
        "/user_id", "must be an active user");
}

/// Likewise for the products, with pointers into the customer's request.
std::optional<Error> refuse_lines(const Result<::catalog::Reservation>& reservation, const OrderDraft& draft) {
    if (reservation) return std::nullopt;
    const auto& error = reservation.error();
    if (error.reason() != "PRODUCT_NOT_FOUND" && error.reason() != "OUT_OF_STOCK") return std::nullopt;
    Error refusal{error.code(), error.reason(), error.detail()};
    for (const auto& violation : error.violations()) {
        refusal = std::move(refusal).with_violation(pointer_in_request(draft, violation.pointer), violation.detail);
    }
    return refusal;
}

/// The error of a service that was asked: its state is ours as well, but what it finds wrong with our question is our bug.
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
    return Error{Code::invalid_argument, "USER_NOT_FOUND", "there is no such user"}.with_violation("/user_id", "names no user");
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
