#pragma once

#include "kit/events/bus.hpp"

#include <functional>
#include <string_view>

namespace tw::events {

/// Calls the handler and returns its result. An exception that leaves the handler is a failure of
/// this one event: it becomes the error INTERNAL, and `on_exception` is called with its text.
Task<Result<void>> call_handler(const CallContext& ctx, const Handler& handler, const Event& event,
                                std::function<void(std::string_view what)> on_exception);

}  // namespace tw::events
