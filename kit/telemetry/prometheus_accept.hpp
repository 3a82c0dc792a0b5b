#pragma once

#include "kit/telemetry/prometheus.hpp"

#include <string_view>

namespace tw::telemetry {

/// Returns the format that an Accept field (RFC 9110 §12.5.1) prefers. That is OpenMetrics if it is
/// preferred at least as much as text. Otherwise it is text, even if the scraper asks for another
/// format: it may still be able to read text.
PrometheusFormat choose_prometheus_format(std::string_view accept);

/// Whether an Accept-Encoding field (RFC 9110 §12.5.3) allows gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace tw::telemetry
