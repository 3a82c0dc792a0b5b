#pragma once

#include <string_view>

/// Reasons of errors that the console's ports add to those of the kit.
namespace tw::console::reason {

/// As many pages watch as are allowed.
inline constexpr std::string_view kTooManyWatchers = "TOO_MANY_WATCHERS";
/// A request that changes something did not come from the console's own page.
inline constexpr std::string_view kCrossSiteRequest = "CROSS_SITE_REQUEST";
/// A page of another origin sends telemetry.
inline constexpr std::string_view kOriginNotAllowed = "ORIGIN_NOT_ALLOWED";
/// The console does not know where the shop's HTTP port is, or cannot reach it.
inline constexpr std::string_view kShopNotReached = "SHOP_NOT_REACHED";
/// The console knows no process of this name.
inline constexpr std::string_view kProcessNotFound = "PROCESS_NOT_FOUND";
/// The operations port of a process does not answer as it should.
inline constexpr std::string_view kProcessNotReached = "PROCESS_NOT_REACHED";
/// A process refuses a change of its log levels.
inline constexpr std::string_view kLogLevelRefused = "LOG_LEVEL_REFUSED";
/// A trace cannot be pinned, since all pinned traces would be too large.
inline constexpr std::string_view kPinnedTracesFull = "PINNED_TRACES_FULL";
/// The disk does not take a trace that is to be pinned, or does not let it go.
inline constexpr std::string_view kTraceNotPinned = "TRACE_NOT_PINNED";
/// There is nothing at this path of the console.
inline constexpr std::string_view kPageNotFound = "PAGE_NOT_FOUND";

}  // namespace tw::console::reason
