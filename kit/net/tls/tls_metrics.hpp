#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::net {

inline constexpr telemetry::Instrument kTlsHandshakes{"tw.tls.server.handshakes", "{handshake}",
                                                      "TLS handshakes that clients began, by how they ended.",
                                                      telemetry::InstrumentKind::counter};

}  // namespace tw::net
