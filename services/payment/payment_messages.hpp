#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "proto/payment.tw.hpp"
#include "services/payment/payment.hpp"

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace tw::payment {

// How payments are written in messages of the contract, and read from them.

::payment::Payment to_proto(const Payment& payment);

/// Returns the payment that a request describes. It has not been submitted yet. Fails with
/// INVALID_ARGUMENT: CARD_NUMBER_REFUSED, or INVALID_FIELD with every wrong field.
Result<Payment> payment_of_request(const ::payment::CreatePaymentRequest& request, PaymentId id, Timestamp now);

/// Returns INVALID_ARGUMENT (CARD_NUMBER_REFUSED) for the first text that has a card number, if one
/// does. A text comes with the JSON pointer to its field. The error does not show the text.
std::optional<Error> refuse_card_numbers(std::initializer_list<std::pair<std::string_view, std::string_view>> texts);

}  // namespace tw::payment
