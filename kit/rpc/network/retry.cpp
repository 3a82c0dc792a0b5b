#include "kit/rpc/network/retry.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {
namespace {

using std::chrono::nanoseconds;

/// Each of several replicas that restart may refuse a call once; more than that is somebody who refuses for a living.
constexpr int kUnprocessedMax = 3;
/// Beyond these the bound is the last one.
constexpr int kDoublingsMax = 20;

}  // namespace

std::optional<nanoseconds> RetryPlan::after(const Failure& failure, double random) {
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
    if (failure.pushback) return *failure.pushback;
    const nanoseconds last = options_.backoff_last;
    const auto bound = std::min(nanoseconds{options_.backoff_first} * (1 << std::min(attempts_ - 1, kDoublingsMax)), last);
    return std::chrono::duration_cast<nanoseconds>(bound * random);
}

Error RetryPlan::conclude(Error error) const {
    if (!outcome_open_ || error.outcome_open()) return error;
    return std::move(error).with_outcome_open(true);
}

}  // namespace tw::rpc
