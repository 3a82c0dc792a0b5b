#pragma once

#include "kit/telemetry/metrics.hpp"

namespace tw::runtime {

using telemetry::Instrument;
using telemetry::InstrumentKind;

// OpenTelemetry semantic conventions 1.44, "OS process metrics".
inline constexpr Instrument kProcessCpuTime{"process.cpu.time", "s", "Total CPU seconds broken down by different CPU modes.",
                                            InstrumentKind::counter};
inline constexpr Instrument kProcessMemoryUsage{"process.memory.usage", "By", "The amount of physical memory in use.",
                                                InstrumentKind::up_down_counter};
inline constexpr Instrument kProcessOpenFiles{"process.open_file_descriptor.count", "{file_descriptor}",
                                              "Number of file descriptors in use by the process.",
                                              InstrumentKind::up_down_counter};
inline constexpr Instrument kProcessUptime{"process.uptime", "s", "The time the process has been running.",
                                           InstrumentKind::gauge};

// Our own.
inline constexpr Instrument kLoopLag{"tw.loop.lag", "s", "How late the event loop's last timer fired.", InstrumentKind::gauge};
inline constexpr Instrument kLoopUtilization{
    "tw.loop.utilization", "1", "Share of time that the event loop's thread was on a CPU since the metric was last read.",
    InstrumentKind::gauge};
inline constexpr Instrument kActiveCalls{"tw.rpc.server.active_calls", "{call}", "Calls that the service is handling now.",
                                         InstrumentKind::up_down_counter};
inline constexpr Instrument kModuleReady{"tw.module.ready", "{module}",
                                         "1 while the module is ready, 0 while it starts, shuts down or lacks a dependency.",
                                         InstrumentKind::up_down_counter};
inline constexpr Instrument kCertificateExpiry{"tw.tls.certificate.expiry", "s",
                                               "Time until the certificate expires; negative after that.", InstrumentKind::gauge};
inline constexpr Instrument kLogLeftOut{"tw.log.left_out", "{record}",
                                        "Log records that were not written because there were too many of the same kind.",
                                        InstrumentKind::counter};
inline constexpr Instrument kWorkersQueued{"tw.workers.queued", "{task}", "Blocking work that waits for a worker thread.",
                                           InstrumentKind::up_down_counter};

}  // namespace tw::runtime
