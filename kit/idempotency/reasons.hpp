#pragma once

#include <string_view>

/// Reasons of errors of calls with an idempotency key.
namespace tw::reason {

/// A call with this key is being served. Try again a little later.
inline constexpr std::string_view kIdempotencyInProgress = "IDEMPOTENCY_IN_PROGRESS";
/// The key came with another request before.
inline constexpr std::string_view kIdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";

}  // namespace tw::reason
