#pragma once

#include "kit/otlp/exporter.hpp"
#include "kit/telemetry/metrics.hpp"

namespace tw::otlp {

/// Metrics about the telemetry itself (OpenTelemetry semantic conventions, "SDK metrics"), for each
/// exported signal: `otel.sdk.exporter.{span,metric_data_point,log}.exported` and `.inflight`. This
/// product adds `tw.telemetry.dropped` by tw.telemetry.signal and error.type (queue_full,
/// export_failed, rejected, shutdown), and `tw.telemetry.queued`.
///
/// Binds the series to `meter`, which belongs to one loop. `exporter` must outlive the meter.
void observe(const Exporter& exporter, telemetry::Meter& meter);

}  // namespace tw::otlp
