#pragma once

#include <string_view>

/// Reasons for which a process does not start.
namespace tw::reason {

inline constexpr std::string_view kBadConfig = "BAD_CONFIG";
inline constexpr std::string_view kDataFolder = "DATA_FOLDER";
inline constexpr std::string_view kDataFolderInUse = "DATA_FOLDER_IN_USE";

}  // namespace tw::reason
