#pragma once

#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"
#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/outcome_histogram.hpp"
#include "kit/telemetry/span.hpp"

#include <string>
#include <utility>

namespace tw::rpc {

/// The name of a call's spans, such as "user.UserService/GetUser".
inline std::string_view full_name(const Method& method) { return method.path.substr(1); }

/// Adds the attributes "server.address" and "server.port" of `authority` ("host:port"). Adds
/// nothing if `authority` is empty or is no address.
void describe_callee(telemetry::Span& span, std::string_view authority);

/// Holds what all calls of one method share on one side, the caller's or the callee's: the
/// attributes of their spans, and their durations by status. It belongs to a loop.
class CallObserver {
 public:
    /// `authority` is "host:port" of the callee, or empty.
    CallObserver(telemetry::Meter& meter, const telemetry::Instrument& instrument, const Method& method,
                 std::string authority = {});

    /// The attributes that are known at the start of a call.
    const telemetry::FixedAttributes& span_attributes() const { return span_attributes_; }
    /// Records one call that lasted `seconds`. `failed` says whether `code` counts as an error on
    /// this side. Some statuses other than OK do not.
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
