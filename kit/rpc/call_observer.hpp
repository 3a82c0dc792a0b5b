#pragma once

#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"
#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/outcome_histogram.hpp"
#include "kit/telemetry/span.hpp"

#include <string>
#include <utility>

namespace tw::rpc {

/// "user.UserService/GetUser": the name of a call's spans.
inline std::string_view full_name(const Method& method) { return method.path.substr(1); }

/// Adds "server.address" and "server.port" of `authority` ("host:port"); nothing where it is empty or no address.
void describe_callee(telemetry::Span& span, std::string_view authority);

/// What one method's calls have in common, seen from the caller's side or from the callee's: the attributes of their spans, and
/// how long they take, by status. Belongs to a loop.
class CallObserver {
 public:
    /// `authority` is "host:port" of the callee, or empty.
    CallObserver(telemetry::Meter& meter, const telemetry::Instrument& instrument, const Method& method,
                 std::string authority = {});

    /// What is known at the start of a call.
    const telemetry::FixedAttributes& span_attributes() const { return span_attributes_; }
    /// `failed`: the status is an error for this side, which not every status but OK is.
    void record(Code code, bool failed, double seconds, const TraceContext& trace);

 private:
    telemetry::Histogram bind(Code code, bool failed);

    telemetry::Meter& meter_;
    const telemetry::Instrument& instrument_;
    const Method& method_;
    std::string authority_;
    telemetry::FixedAttributes span_attributes_;
    telemetry::OutcomeHistogram series_;
};

}  // namespace tw::rpc
