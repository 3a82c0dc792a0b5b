#pragma once

#include <string_view>

/// Reasons of errors of the user service. USER_NOT_FOUND is made by tw::not_found.
namespace tw::reason {

inline constexpr std::string_view kEmailTaken = "EMAIL_TAKEN";

}  // namespace tw::reason
