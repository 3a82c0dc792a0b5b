#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <string_view>

namespace tw::app {

/// Reads the value of --from or --to: a time as in RFC 3339, or a time before `now` as "-15m", with
/// s, m, h or d. Fails with INVALID_ARGUMENT and names the option.
Result<Timestamp> read_time_argument(std::string_view option, std::string_view text, Timestamp now);

}  // namespace tw::app
