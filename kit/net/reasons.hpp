#pragma once

#include <string_view>

/// Reasons of errors about addresses, listeners and TLS files.
namespace tw::reason {

inline constexpr std::string_view kAddressInUse = "ADDRESS_IN_USE";
inline constexpr std::string_view kAddressNotLocal = "ADDRESS_NOT_LOCAL";
inline constexpr std::string_view kInvalidAddress = "INVALID_ADDRESS";
inline constexpr std::string_view kTlsFiles = "TLS_FILES";

}  // namespace tw::reason
