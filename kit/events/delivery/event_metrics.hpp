#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::events {

// The metrics follow the OpenTelemetry semantic conventions 1.44, "Messaging metrics".
inline constexpr telemetry::Instrument kSentMessages{"messaging.client.sent.messages", "{message}",
                                                     "Events that were published, or could not be.",
                                                     telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kProcessDuration{"messaging.process.duration", "s",
                                                        "Duration of one attempt to handle an event.",
                                                        telemetry::InstrumentKind::histogram, telemetry::kDurationBounds};
inline constexpr telemetry::Instrument kDeadLetters{
    "tw.events.dead_letters", "{event}", "Events that no handler could process and that were moved to the dead letters.",
    telemetry::InstrumentKind::counter};

}  // namespace tw::events
