#include "kit/rpc/network/replica_report.hpp"

#include "kit/rpc/telemetry/rpc_metrics.hpp"
#include "kit/telemetry/breaker_metric.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::rpc {

ReplicaReport::ReplicaReport(const telemetry::Telemetry& telemetry, std::string callee)
    : log_{telemetry.log},
      callee_{std::move(callee)},
      open_{telemetry.meter.counter(telemetry::kBreakerState, {{"tw.breaker.name", callee_}})},
      ejections_{telemetry.meter.counter(kReplicaEjections, {{"server.address", callee_}})} {}

void ReplicaReport::opened(const Subchannel& which) {
    open_.add(1);
    const auto address = which.address().to_string();
    log_.log(telemetry::Severity::warn, "rpc.circuit_opened", {{"server.address", address}},
             fmt::format("{} ({}) is not called for now: its last calls have all failed", callee_, address));
}

void ReplicaReport::closed(const Subchannel& which) {
    open_.add(-1);
    const auto address = which.address().to_string();
    log_.log(telemetry::Severity::info, "rpc.circuit_closed", {{"server.address", address}},
             fmt::format("{} ({}) is called again", callee_, address));
}

void ReplicaReport::ejected(const Subchannel& which) {
    ejections_.add();
    const auto address = which.address().to_string();
    log_.log(telemetry::Severity::warn, "rpc.replica_ejected", {{"server.address", address}},
             fmt::format("{} ({}) gets no calls for a while: they fail more often than those of the other replicas", callee_,
                         address));
}

}  // namespace tw::rpc
