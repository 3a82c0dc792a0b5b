#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::durable {

inline constexpr telemetry::Instrument kFlowsOpen{"tw.flows.open", "{flow}",
                                                  "Flows that have not ended, by kind and state: running, waiting, parked.",
                                                  telemetry::InstrumentKind::gauge};
inline constexpr telemetry::Instrument kFlowsOldest{
    "tw.flows.oldest.age", "s", "Age of the oldest flow that has not ended, by kind.", telemetry::InstrumentKind::gauge};
inline constexpr telemetry::Instrument kFlowsEnded{
    "tw.flows.ended", "{flow}", "Flows that ended or were parked, by kind and outcome: done, refused, canceled, parked.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kFlowSteps{"tw.flows.steps", "{attempt}",
                                                  "Attempts of steps, by kind, step and outcome: done, refused, failed.",
                                                  telemetry::InstrumentKind::counter};

}  // namespace tw::durable
