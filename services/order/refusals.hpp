#pragma once

#include "kit/base/result.hpp"
#include "proto/catalog.pb.h"
#include "proto/user.pb.h"
#include "services/order/order_draft.hpp"

#include <optional>
#include <string_view>

namespace tw::order {

/// Makes INVALID_ARGUMENT (USER_NOT_FOUND) with a violation at /user_id.
Error user_unknown();

/// Makes INVALID_ARGUMENT (CARD_NUMBER_REFUSED) with a violation at `pointer` if the text looks
/// like a card number. Such a text must not be stored.
std::optional<Error> refuse_card_number(std::string_view pointer, std::string_view text);

/// Says why an order cannot be placed, by the answers of the user service and the catalogue. If the
/// customer asked for something impossible, the error says so and names all fields concerned.
/// Otherwise it is the error of one of these services. Returns nothing if the order can be placed.
std::optional<Error> refuse_order(const Result<::user::User>& user, const Result<::catalog::Reservation>& reservation,
                                  const OrderDraft& draft);

}  // namespace tw::order
