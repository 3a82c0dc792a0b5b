#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::outbox {

inline constexpr telemetry::Instrument kOutboxAge{
    "tw.outbox.oldest.age", "s", "Age of the oldest event that is written and not published; 0 if there is none.",
    telemetry::InstrumentKind::gauge};
inline constexpr telemetry::Instrument kOutboxDead{"tw.outbox.dead", "{event}",
                                                   "Events that a consumer could not apply and that nobody has looked after.",
                                                   telemetry::InstrumentKind::gauge};
inline constexpr telemetry::Instrument kOutboxPublished{"tw.outbox.published", "{event}", "Events that the relay has published.",
                                                        telemetry::InstrumentKind::counter};

}  // namespace tw::outbox
