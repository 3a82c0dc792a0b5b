#pragma once

#include <string_view>

/// An error's reason is a constant that programs test. A library's or a service's reasons.hpp lists
/// those that are made or compared in more than one place, so that code spells each of them once.
/// This file lists the reasons that any library may use.
namespace tw::reason {

inline constexpr std::string_view kInvalidIdempotencyKey = "INVALID_IDEMPOTENCY_KEY";
inline constexpr std::string_view kVersionMismatch = "VERSION_MISMATCH";
inline constexpr std::string_view kInvalidField = "INVALID_FIELD";
inline constexpr std::string_view kInternal = "INTERNAL";
inline constexpr std::string_view kUnavailable = "UNAVAILABLE";
inline constexpr std::string_view kDeadlineExceeded = "DEADLINE_EXCEEDED";
inline constexpr std::string_view kCancelled = "CANCELLED";

}  // namespace tw::reason
