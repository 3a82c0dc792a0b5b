#pragma once

#include "kit/telemetry/metrics.hpp"

#include <string>
#include <string_view>

namespace tw::telemetry {

/// How Prometheus knows an instrument.
struct PrometheusName {
    /// "http_server_request_duration_seconds", "shop_orders_created"; without "_total".
    std::string family;
    /// "seconds"; empty where there is none to name. The family's name ends in it.
    std::string unit;
};

/// One deviation from OpenTelemetry's rules: an ending that Prometheus keeps for histograms ("_count") is cut off other
/// instruments' names. See docs/decisions.
PrometheusName prometheus_name(const Instrument& instrument);

/// "http.route" to "http_route": other characters than letters, digits and "_" become one "_".
std::string prometheus_label(std::string_view key);

}  // namespace tw::telemetry
