#pragma once

#include "kit/telemetry/metrics.hpp"

#include <string>
#include <string_view>

namespace tw::telemetry {

/// An instrument's names in Prometheus.
struct PrometheusName {
    /// The family's name, without "_total": "http_server_request_duration_seconds",
    /// "shop_orders_created".
    std::string family;
    /// The unit, such as "seconds"; empty if there is none. The family's name ends in it.
    std::string unit;
};

/// Returns the names of an instrument. They deviate from OpenTelemetry's rules in one point: an
/// ending that Prometheus reserves for histograms ("_count") is removed from other instruments'
/// names. See docs/decisions.
PrometheusName prometheus_name(const Instrument& instrument);

/// Converts a key to a label, such as "http.route" to "http_route". Each run of characters other
/// than letters and digits becomes one "_".
std::string prometheus_label(std::string_view key);

}  // namespace tw::telemetry
