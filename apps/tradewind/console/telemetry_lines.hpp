#pragma once

#include "apps/tradewind/console/terminal_text.hpp"
#include "proto/console.pb.h"

#include <string>

namespace tw::app {

/// What `logs` and `traces` print, a line each. Foreign text is made visible.

/// "2026-01-31 12:00:00.123  WARN   order-service  order.hold_not_released  key=value  trace 0af7…"
std::string log_line(const Painter& paint, const ::console::LogRecord& log);

/// "2026-01-31 12:00:00.123   494.20 ms  12 spans  0af7…  api-gateway: POST /api/orders  400"
std::string trace_line(const Painter& paint, const ::console::TraceSummary& trace);

/// The tree of a trace, a line for each span: when it began, how long it took, what it was, and how
/// it ended.
std::string trace_tree(const Painter& paint, const ::console::Trace& trace);

}  // namespace tw::app
