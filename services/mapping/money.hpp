#pragma once

#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "proto/tradewind/money.pb.h"

#include <string>

namespace tw {

/// Money as the contract writes it.
tradewind::Money to_proto(const Money& money);

/// Reads a price or an amount out of a request: above zero, at most Money::kMinorMax, in a currency. INVALID_FIELD below
/// `pointer` otherwise.
Result<Money> read_amount(const tradewind::Money& message, const std::string& pointer);

/// Reads an amount out of another service's answer, where anything else is a broken promise: INTERNAL.
Result<Money> read_answered(const tradewind::Money& message);

}  // namespace tw
