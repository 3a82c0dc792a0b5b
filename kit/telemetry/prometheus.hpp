#pragma once

#include "kit/telemetry/metrics.hpp"
#include "kit/telemetry/resource.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// What a scraper may ask for. Only OpenMetrics has exemplars and units.
enum class PrometheusFormat : std::uint8_t {
    text,         ///< Prometheus text exposition, version 0.0.4
    openmetrics,  ///< OpenMetrics 1.0
};

/// For the Content-Type field.
std::string_view content_type(PrometheusFormat format);

/// What one service has to show.
struct ServiceMetrics {
    const Resource* resource;
    std::vector<MetricPoint> points;  ///< merged, see merge_points
};

/// All services' metrics as one page to be scraped, named by OpenTelemetry's rules for Prometheus ("Prometheus and OpenMetrics
/// Compatibility"). Every series has the label `service_name`: a process holds several services, a scraper takes them for one
/// target, and would see the same series twice. `job` and `instance` are left to the scraper.
/// Where two instruments of different kinds would share a name, the first one has it.
std::string prometheus_page(std::span<const ServiceMetrics> services, PrometheusFormat format);

}  // namespace tw::telemetry
