#pragma once

#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"
#include "kit/telemetry/outcome_histogram.hpp"

#include <string>
#include <utility>

namespace tw::rpc {

/// How long one method's calls take, by status: on the caller's side or on the callee's. Belongs to a loop.
class CallDurations {
 public:
    /// `authority` is "host:port" of the callee, or empty.
    CallDurations(telemetry::Meter& meter, const telemetry::Instrument& instrument, const Method& method,
                  std::string authority = {})
        : meter_{meter}, instrument_{instrument}, method_{method}, authority_{std::move(authority)} {}

    /// `failed`: the status is an error for this side, which not every status but OK is.
    void record(Code code, bool failed, double seconds, const TraceContext& trace);

 private:
    telemetry::Histogram bind(Code code, bool failed);

    telemetry::Meter& meter_;
    const telemetry::Instrument& instrument_;
    const Method& method_;
    std::string authority_;
    telemetry::OutcomeHistogram series_;
};

}  // namespace tw::rpc
