#pragma once

#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/resource.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// The formats that a scraper may ask for. Only OpenMetrics has exemplars and units.
enum class PrometheusFormat : std::uint8_t {
    text,         ///< Prometheus text exposition, version 0.0.4
    openmetrics,  ///< OpenMetrics 1.0
};

/// Returns the value of the Content-Type field.
std::string_view content_type(PrometheusFormat format);

/// The metrics of one service.
struct ServiceMetrics {
    const Resource* resource;
    std::vector<MetricPoint> points;  ///< merged, see merge_points
};

/// Writes all services' metrics as one page to be scraped, named by OpenTelemetry's rules for
/// Prometheus ("Prometheus and OpenMetrics Compatibility"). Every series has the label
/// `service_name`. A process holds several services, and a scraper takes them for one target, so
/// without the label it would see the same series twice. `job` and `instance` are left to the
/// scraper.
///
/// If two instruments of different kinds have the same name, only the first one is written.
std::string prometheus_page(std::span<const ServiceMetrics> services, PrometheusFormat format);

}  // namespace tw::telemetry
