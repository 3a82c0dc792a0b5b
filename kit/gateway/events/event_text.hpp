#pragma once

#include "kit/rpc/method.hpp"

#include <string>
#include <string_view>

/// The text of server-sent events (WHATWG HTML §9.2.6, "Interpreting an event stream").
namespace tw::gateway {

/// The first line of a stream: after how many milliseconds a client that lost it connects again.
inline constexpr std::string_view kReconnectTime = "retry: 1000\n\n";
/// A comment, which clients ignore. It shows proxies that the stream is in use.
inline constexpr std::string_view kHeartbeat = ":\n\n";

/// Returns the event of a message: its version as the event's id, if it has one, and the message in
/// JSON as the data.
std::string event_of(const rpc::Message& message);
/// Returns an event of the type "error". `problem` is the error as problem+json.
std::string error_event(std::string_view problem);

}  // namespace tw::gateway
