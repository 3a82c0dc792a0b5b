#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::audit {

inline constexpr telemetry::Instrument kAuditRecords{
    "tw.audit.records", "{record}", "Records that were added to the audit log, by outcome: ok, unchanged, refused, denied.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kAuditLeftOut{
    "tw.audit.left_out", "{record}",
    "Records of calls that changed nothing and were left out of the audit log, since there were too many.",
    telemetry::InstrumentKind::counter};
inline constexpr telemetry::Instrument kAuditUnsealedAge{
    "tw.audit.unsealed.age", "s", "Age of the oldest record of the audit log that is not sealed; 0 if there is none.",
    telemetry::InstrumentKind::gauge};

}  // namespace tw::audit
