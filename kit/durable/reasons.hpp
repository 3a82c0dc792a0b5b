#pragma once

#include <string_view>

/// Reasons of errors of durable flows.
namespace tw::reason {

/// The code of a flow asks for other steps than those that are stored.
inline constexpr std::string_view kFlowChanged = "FLOW_CHANGED";
/// The code of a flow has a bug: an exception left it.
inline constexpr std::string_view kFlowFailed = "FLOW_FAILED";
/// The code of this program no longer continues flows of this version.
inline constexpr std::string_view kFlowTooOld = "FLOW_TOO_OLD";
/// Another replica has taken the flow over, or it was canceled.
inline constexpr std::string_view kLeaseLost = "LEASE_LOST";

}  // namespace tw::reason
