#pragma once

#include <string_view>

/// Reasons for which a process does not start, and reasons of the operations port.
namespace tw::reason {

inline constexpr std::string_view kBadConfig = "BAD_CONFIG";
inline constexpr std::string_view kBadProgram = "BAD_PROGRAM";
inline constexpr std::string_view kDataFolder = "DATA_FOLDER";
inline constexpr std::string_view kDataFolderInUse = "DATA_FOLDER_IN_USE";
inline constexpr std::string_view kInsecure = "INSECURE";

// Reasons of the operations port.

/// A change came without the header field X-Operator.
inline constexpr std::string_view kOperatorHeader = "OPERATOR_HEADER";
inline constexpr std::string_view kFaultInjectionOff = "FAULT_INJECTION_OFF";
/// A request came without the token of the port.
inline constexpr std::string_view kOpsToken = "OPS_TOKEN";
/// No module of this name with what was asked for runs in this process.
inline constexpr std::string_view kModuleNotFound = "MODULE_NOT_FOUND";
/// The consumer has no dead event of this id.
inline constexpr std::string_view kDeadEventNotFound = "DEAD_EVENT_NOT_FOUND";
/// A flow cannot be retried or canceled in the state in which it is.
inline constexpr std::string_view kFlowState = "FLOW_STATE";
/// The process makes no tokens for development.
inline constexpr std::string_view kNoDevelopmentTokens = "NO_DEVELOPMENT_TOKENS";

}  // namespace tw::reason
