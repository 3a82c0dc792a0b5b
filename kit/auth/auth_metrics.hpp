#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::auth {

inline constexpr telemetry::Instrument kKeyReads{"tw.auth.key_reads", "{read}", "Readings of the keys of issuers, by outcome.",
                                                 telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kCallsAuthenticated{"tw.auth.calls", "{call}",
                                                           "Calls, by what authentication and authorization said of them.",
                                                           telemetry::InstrumentKind::counter};

}  // namespace tw::auth
