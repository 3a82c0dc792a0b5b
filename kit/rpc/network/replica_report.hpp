#pragma once

#include "kit/rpc/network/subchannel.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <string>

namespace tw::rpc {

/// Reports in metrics and in the log which replicas of a callee get no calls, and why.
class ReplicaReport {
 public:
    /// `callee` is the name of the callee in telemetry, such as "user:50051". The meter must
    /// outlive the report.
    ReplicaReport(const telemetry::Telemetry& telemetry, std::string callee);

    void opened(const Subchannel& which);
    void closed(const Subchannel& which);
    /// A replica with an open breaker is not called any more, because the channel is gone or does
    /// not know its address any more.
    void forget_open() { open_.add(-1); }
    void ejected(const Subchannel& which);

 private:
    telemetry::Logger log_;
    std::string callee_;
    telemetry::Counter open_;
    telemetry::Counter ejections_;
};

}  // namespace tw::rpc
