#pragma once

#include <string_view>

/// Reasons of errors about gRPC calls and their messages.
namespace tw::reason {

inline constexpr std::string_view kCircuitOpen = "CIRCUIT_OPEN";
inline constexpr std::string_view kFaultInjected = "FAULT_INJECTED";
inline constexpr std::string_view kMalformedFault = "MALFORMED_FAULT";
inline constexpr std::string_view kMalformedFrame = "MALFORMED_FRAME";
inline constexpr std::string_view kMalformedMessage = "MALFORMED_MESSAGE";
inline constexpr std::string_view kMalformedTimeout = "MALFORMED_TIMEOUT";
inline constexpr std::string_view kMessageCount = "MESSAGE_COUNT";
inline constexpr std::string_view kMessageTooLarge = "MESSAGE_TOO_LARGE";
inline constexpr std::string_view kMetadataTooLarge = "METADATA_TOO_LARGE";
inline constexpr std::string_view kNoMessage = "NO_MESSAGE";
inline constexpr std::string_view kOverloaded = "OVERLOADED";
inline constexpr std::string_view kTooManyMessages = "TOO_MANY_MESSAGES";
inline constexpr std::string_view kUnknownMethod = "UNKNOWN_METHOD";

}  // namespace tw::reason
