#pragma once

#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "proto/tradewind/money.pb.h"

#include <string>

namespace tw {

/// Converts money to the contract's message.
tradewind::Money to_proto(const Money& money);

/// Reads a price or an amount of a request. It must be above zero, at most Money::kMinorMax, and in
/// a currency. The error is INVALID_FIELD, with pointers below `pointer`.
Result<Money> read_amount(const tradewind::Money& message, const std::string& pointer);

/// Reads an amount of another service's answer. The error is INTERNAL: a service that answers
/// anything but an amount has a bug.
Result<Money> read_answered(const tradewind::Money& message);

}  // namespace tw
