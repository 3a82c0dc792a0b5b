#include "kit/rpc/network/replica.hpp"

#include "kit/rpc/reasons.hpp"

#include <limits>

namespace tw::rpc {

Verdict verdict_of(const Error& error, Shape shape, std::chrono::nanoseconds took, const BreakerOptions& options) {
    switch (error.code()) {
        case Code::unavailable:
            return error.reason() == reason::kOverloaded ? Verdict::works : Verdict::fails;
        case Code::deadline_exceeded:
            return shape == Shape::unary && took >= options.deadline_min ? Verdict::fails : Verdict::unknown;
        case Code::cancelled:
            return Verdict::unknown;
        default:
            return Verdict::works;
    }
}

Replica::Replica(const BreakerOptions& options)
    : options_{options},
      breaker_{{.failures_max = options.failures_max > 0 ? options.failures_max : std::numeric_limits<int>::max(),
                .probe_first = options.probe_first,
                .probe_last = options.probe_last}} {}

void Replica::on_failure(Verdict verdict, SteadyTime now) {
    ++counts_.failed;
    if (verdict == Verdict::works) return learn_that_it_works();
    if (verdict == Verdict::unknown) return;
    ++record_.failed;
    const auto change = breaker_.on_failure(now);
    if (listener_) listener_(change);
}

}  // namespace tw::rpc
