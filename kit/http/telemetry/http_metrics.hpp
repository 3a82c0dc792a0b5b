#pragma once

#include "kit/telemetry/metrics.hpp"

#include <array>

namespace tw::http {

// The metrics follow the OpenTelemetry semantic conventions 1.44, "HTTP metrics".
inline constexpr telemetry::Instrument kServerRequestDuration{"http.server.request.duration", "s",
                                                              "Duration of HTTP server requests.",
                                                              telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};
inline constexpr telemetry::Instrument kServerActiveRequests{"http.server.active_requests", "{request}",
                                                             "Number of active HTTP server requests.",
                                                             telemetry::InstrumentKind::up_down_counter};
inline constexpr telemetry::Instrument kServerRequestBodySize{"http.server.request.body.size", "By",
                                                              "Size of HTTP server request bodies.",
                                                              telemetry::InstrumentKind::histogram, telemetry::kSizeBounds};
inline constexpr telemetry::Instrument kServerResponseBodySize{"http.server.response.body.size", "By",
                                                               "Size of HTTP server response bodies.",
                                                               telemetry::InstrumentKind::histogram, telemetry::kSizeBounds};
/// A stream may last for an hour and more.
inline constexpr std::array<double, 6> kStreamBounds{1, 10, 60, 600, 1800, 3600};
inline constexpr telemetry::Instrument kServerStreamDuration{"tw.http.server.stream.duration", "s",
                                                             "Duration of streamed answers that have ended.",
                                                             telemetry::InstrumentKind::histogram, kStreamBounds};

inline constexpr telemetry::Instrument kClientRequestDuration{"http.client.request.duration", "s",
                                                              "Duration of HTTP client requests.",
                                                              telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};

}  // namespace tw::http
