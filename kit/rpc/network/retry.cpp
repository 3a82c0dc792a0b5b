#include "kit/rpc/network/retry.hpp"

#include "kit/rpc/reasons.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {
namespace {

using std::chrono::nanoseconds;

/// The greatest number of times that an unprocessed call is sent again. Each of several restarting
/// replicas may refuse a call once. More refusals mean that the callee refuses permanently.
constexpr int kUnprocessedMax = 3;

}  // namespace

Failure failure_before_start(const Error& error) {
    return {.code = error.code(), .spared = error.reason() == reason::kCircuitOpen || error.reason() == reason::kOverloaded};
}

std::optional<nanoseconds> RetryPlan::after(const Failure& failure, double random) {
    if (failure.spared) return std::nullopt;
    if (failure.unprocessed && unprocessed_ < kUnprocessedMax) {
        ++unprocessed_;
        ++retries_;
        return nanoseconds{0};
    }
    ++attempts_;
    const bool refused = failure.pushback && failure.pushback->count() < 0;
    if (failure.code == Code::unavailable || refused) budget_.on_failure();
    if (failure.code != Code::unavailable || refused || failure.no_retry || failure.answered || !repeatable_) return std::nullopt;
    if (attempts_ >= options_.attempts_max || !budget_.allows()) return std::nullopt;
    ++retries_;
    const auto pause = backoff_.next(random);
    return failure.pushback ? nanoseconds{*failure.pushback} : pause;
}

Error RetryPlan::conclude(Error error) const {
    if (!outcome_open_ || error.outcome_open()) return error;
    return std::move(error).with_outcome_open(true);
}

}  // namespace tw::rpc
