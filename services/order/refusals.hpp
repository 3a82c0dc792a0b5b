#pragma once

#include "kit/base/result.hpp"
#include "proto/catalog.pb.h"
#include "proto/user.pb.h"
#include "services/order/order_draft.hpp"

#include <optional>

namespace tw::order {

/// INVALID_ARGUMENT (USER_NOT_FOUND) at /user_id.
Error user_unknown();

/// Why an order cannot be placed, from what the user service and the catalogue answered: what the customer asked for and
/// cannot have, with all its fields, before what is wrong with those services. Nothing when it can be.
std::optional<Error> refuse_order(const Result<::user::User>& user, const Result<::catalog::Reservation>& reservation,
                                  const OrderDraft& draft);

}  // namespace tw::order
