#pragma once

#include "kit/async/call_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tw::payment {

/// The captures of one payment that the provider refused are kept as a text with one line for each:
/// the key of the call that asked for the capture, a space, and the provider's reason. So a call
/// that is repeated after a crash gets the refusal again. Without that, its repetition would be a
/// new capture, which may succeed although the caller has already acted on the refusal.

/// How many refusals are kept. The oldest one is forgotten first.
inline constexpr std::size_t kCaptureRefusalsMax = 32;

/// Returns the key of a capture: a hash of the caller and its idempotency key. It is empty if the
/// call has no idempotency key.
std::string capture_key(const CallContext& ctx);

/// Returns why the capture with this key was refused, if it was. No capture has an empty key.
std::optional<std::string> find_refusal(std::string_view refusals, std::string_view key);

/// Returns the refusals with one more. They stay as they are if the key is empty.
std::string with_refusal(std::string refusals, std::string_view key, std::string_view refusal);

}  // namespace tw::payment
