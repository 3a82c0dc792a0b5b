#pragma once

#include "kit/http/message.hpp"
#include "kit/runtime/export/telemetry_export.hpp"

namespace tw::runtime {

/// What operators see of the export: for each signal where it goes, what waits, what has left, what
/// was lost and why, and the last error. Headers, which hold credentials, are not shown.
/// Thread-safe.
http::Response telemetry_page(const TelemetryExport& exports);

}  // namespace tw::runtime
