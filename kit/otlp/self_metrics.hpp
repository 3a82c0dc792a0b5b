#pragma once

#include "kit/otlp/exporter.hpp"
#include "kit/telemetry/metrics.hpp"

namespace tw::otlp {

/// What telemetry says about itself (OpenTelemetry semantic conventions, "SDK metrics"), for each signal that is exported:
/// `otel.sdk.exporter.{span,metric_data_point,log}.exported` and `.inflight`, and our own `tw.telemetry.dropped` by
/// tw.telemetry.signal and error.type (queue_full, export_failed, rejected, shutdown) and `tw.telemetry.queued`.
///
/// Binds the series to `meter`, of one loop; `exporter` outlives it.
void observe(const Exporter& exporter, telemetry::Meter& meter);

}  // namespace tw::otlp
