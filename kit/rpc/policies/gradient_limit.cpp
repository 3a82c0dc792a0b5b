#include "kit/rpc/policies/gradient_limit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tw::rpc {
namespace {

/// The share of the way to the mean of a window by which the usual latency moves, while calls do
/// not reach half of the limit. While they reach it, the usual latency does not rise: otherwise a
/// long overload would become usual.
constexpr double kRateDown = 0.1;
constexpr double kRateUp = 0.05;
/// How many deviations of the mean latency of windows are tolerated beside the tolerance. A module
/// whose latency varies by itself, as on a busy machine, is not overloaded for that.
constexpr double kDeviations = 2;
/// The share of the tolerance up to which the limit grows. Above it there is a queue, and between
/// it and the tolerance the limit stays: the module has enough to do.
constexpr double kGrowthShare = 0.4;
/// For how many windows calls find no room before another limit is tried: in turn half of it, to
/// measure the usual latency again, and a higher one, which may serve more. What was measured
/// before may be wrong by now, and calls are refused anyway.
constexpr std::uint64_t kWindowsBetweenProbes = 300;
/// The greatest factor by which one window lowers the limit.
constexpr double kGradientLeast = 0.5;
/// The longest window. After a stall of many seconds, the limit must follow what comes next.
constexpr std::chrono::nanoseconds kWindowMost = std::chrono::seconds{2};
/// The share of a window of the usual length in the mean rate at which calls end.
constexpr double kRateShare = 0.3;
/// A limit that is raised by some share must serve more by this part of that share. Otherwise it
/// only makes calls wait.
constexpr double kServesMore = 0.5;
/// A limit at which less than this share of the greatest rate is served is too low.
constexpr double kThroughputLeast = 0.8;
/// The share of the greatest rate that is forgotten in such a window, so that half of it is
/// forgotten in seven seconds. The module may have become slower.
constexpr double kRateForgotten = 0.01;
/// The share of the way back to the first limit that a window goes in which calls do not reach half
/// of the limit. What has lowered or raised it is over. Bursts need room, and an overload must not
/// begin with more calls than needed: all that are admitted before it is seen are slow.
constexpr double kRateBack = 0.05;

/// A limit that is enough higher to show whether it serves more.
double higher(double limit) { return limit + std::max(limit / 2, 3.0); }

}  // namespace

double GradientLimit::excess(double tolerance) const {
    const auto fine = std::chrono::duration<double>{options_.latency_fine}.count();
    double sum = 0;
    for (const auto& method : methods_) {
        if (method.count == 0) continue;
        // The first window of a method says what is usual.
        const double expected = std::max(method.usual * tolerance + kDeviations * method.deviation, fine);
        sum += method.usual > 0 ? method.sum / expected : static_cast<double>(method.count);
    }
    return sum / static_cast<double>(samples_);
}

void GradientLimit::learn_usual(double rate_down, double rate_up) {
    for (auto& method : methods_) {
        if (method.count == 0) continue;
        const double mean = method.sum / static_cast<double>(method.count);
        const double rate = mean < method.usual ? rate_down : rate_up;
        method.usual = method.usual > 0 ? method.usual + (mean - method.usual) * rate : mean;
    }
}

void GradientLimit::learn_deviation() {
    for (auto& method : methods_) {
        if (method.count == 0 || method.usual == 0) continue;
        const double mean = method.sum / static_cast<double>(method.count);
        method.deviation += (std::abs(mean - method.usual) - method.deviation) * kRateUp;
    }
}

/// Long windows raise the limit as fast as many short ones.
void GradientLimit::raise(double most) {
    const double step = std::sqrt(limit_) * (std::chrono::duration<double>{window_} / options_.window);
    limit_ = std::min(limit_ + std::min(step, limit_ / 2), most);
}

/// Raises the limit if calls do not wait for each other.
void GradientLimit::grow() {
    if (excess(1 + (options_.tolerance - 1) * kGrowthShare) < 1) raise(options_.limit_most);
}

/// Sets the limit by how much longer calls took than usual.
void GradientLimit::follow_latency() {
    const double beyond = excess(options_.tolerance);
    if (beyond > 1) limit_ = std::max(limit_ * std::max(1 / beyond, kGradientLeast), static_cast<double>(options_.limit_least));
    grow();
}

void GradientLimit::measure_rate(SteadyTime now) {
    const double seconds = std::chrono::duration<double>{now - window_begun_}.count();
    const double windows = seconds / std::chrono::duration<double>{options_.window}.count();
    const double kept = std::pow(1 - kRateShare, windows);
    const auto towards = [seconds, kept](double& mean, double count) {
        mean = mean > 0 ? mean * kept + count / seconds * (1 - kept) : count / seconds;
    };
    const auto ended = static_cast<double>(samples_);
    window_rate_ = ended / seconds;
    towards(rate_, ended);
    // Many calls that end together, such as those of one commit, may have begun long before.
    const double fewer = static_cast<double>(in_flight_before_) - in_flight_last_;
    towards(lasting_rate_, std::clamp(ended - fewer, 0.0, ended));
    in_flight_before_ = in_flight_last_;
    rate_most_ *= std::pow(1 - kRateForgotten, windows);
    if (lasting_rate_ < rate_most_) return;
    rate_most_ = lasting_rate_;
    limit_of_rate_most_ = limit_;
}

void GradientLimit::begin_raising(double most, double rate) {
    raised_from_ = {.limit = limit_, .rate = rate};
    raises_to_ = most;
}

bool GradientLimit::raise_for_throughput(bool settled) {
    const bool serves_less = rate_ < kThroughputLeast * rate_most_;
    const bool was_higher = limit_of_rate_most_ >= limit_ + 1;
    if (raises_to_ == 0 && settled && serves_less && was_higher) begin_raising(limit_of_rate_most_, window_rate_);
    if (raises_to_ == 0) return false;
    if (limit_ < raises_to_) {
        raise(raises_to_);
        settles_ = true;
        return true;
    }
    // The calls that ended in this window had begun before.
    if (std::exchange(settles_, false)) return true;
    raises_to_ = 0;
    const double raised = limit_ / raised_from_.limit - 1;
    const bool serves_more = raised >= 0.5 && window_rate_ >= raised_from_.rate * (1 + raised * kServesMore);
    if (serves_more) {
        // Calls must be allowed to take this long. At half of the limit they may be as many.
        learn_usual(kRateDown, 1);
        windows_full_ = kWindowsBetweenProbes;
        probed_lower_ = false;
    }
    // Even here less is served than before: something else has made the module slower.
    if (serves_less) rate_most_ = rate_;
    return serves_more;
}

/// Ends a window in which calls found no room.
void GradientLimit::end_full_window(SteadyTime now) {
    // Calls that end in this window may have begun in the one before, when there were more of them.
    const bool within = in_flight_most_ <= limit();
    const bool settled = std::exchange(was_within_, within) && within;
    if (probed_from_ > 0) {
        if (!settled) return;
        learn_usual(1, 1);
        limit_ = std::exchange(probed_from_, 0);
        return;
    }
    // Three calls that wait for each other take at most three times as long. If calls take longer
    // than that at the lowest limit, it is what they need, whatever the cause.
    const bool lowest = settled && limit_ <= options_.limit_least && excess(options_.limit_least) > 1;
    measure_rate(now);
    if (!raise_for_throughput(settled)) {
        follow_latency();
        learn_usual(kRateDown, lowest ? 1 : 0);
    }
    windows_full_ = full_ && !lowest ? windows_full_ + 1 : 0;
    if (windows_full_ < kWindowsBetweenProbes) return;
    windows_full_ = 0;
    probed_lower_ = !probed_lower_;
    if (!probed_lower_) return begin_raising(std::min(higher(limit_), static_cast<double>(options_.limit_most)), rate_);
    probed_from_ = limit_;
    limit_ = std::max(limit_ / 2, 1.0);
}

/// Ends a window in which no call was refused, but calls reached half of the limit. They may be the
/// beginning of an overload.
void GradientLimit::end_busy_window() {
    if (waited_) {
        raise(options_.limit_most);
    } else {
        grow();
    }
    learn_usual(kRateDown, 0);
}

/// Ends a window in which there was much room.
void GradientLimit::end_idle_window() {
    limit_ += (options_.limit_first - limit_) * kRateBack;
    learn_deviation();
    learn_usual(kRateDown, kRateUp);
}

void GradientLimit::forget_fullness() {
    limit_ = std::max(limit_, std::exchange(probed_from_, 0));
    windows_full_ = 0;
    was_within_ = true;
    raises_to_ = 0;
}

void GradientLimit::end_window(SteadyTime now) {
    if (full_) {
        end_full_window(now);
    } else {
        forget_fullness();
        measure_rate(now);
        if (2 * in_flight_most_ >= limit()) {
            end_busy_window();
        } else {
            end_idle_window();
        }
    }
    std::chrono::duration<double> total{0};
    for (auto& method : methods_) {
        total += std::chrono::duration<double>{std::exchange(method.sum, 0)};
        method.count = 0;
    }
    const auto mean = std::chrono::duration_cast<std::chrono::nanoseconds>(total) / static_cast<std::int64_t>(samples_);
    window_ = std::max<std::chrono::nanoseconds>(options_.window, std::min(mean, kWindowMost));
    window_begun_ = now;
    samples_ = 0;
    in_flight_most_ = 0;
    full_ = false;
    waited_ = false;
}

}  // namespace tw::rpc
