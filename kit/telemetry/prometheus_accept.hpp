#pragma once

#include "kit/telemetry/prometheus.hpp"

#include <string_view>

namespace tw::telemetry {

/// The format that an Accept field (RFC 9110 §12.5.1) prefers. OpenMetrics where it is named at least as highly as text; text
/// for everything else, also for what we cannot give: a scraper that gets something may still make sense of it.
PrometheusFormat choose_prometheus_format(std::string_view accept);

/// Whether an Accept-Encoding field (RFC 9110 §12.5.3) allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace tw::telemetry
