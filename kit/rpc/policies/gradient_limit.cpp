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
/// For how many windows calls find no room before the usual latency is measured again, at half of
/// the limit. What was measured before may be wrong by now, and calls are refused anyway.
constexpr std::uint64_t kWindowsBetweenProbes = 300;
/// The greatest factor by which one window lowers the limit.
constexpr double kGradientLeast = 0.5;
/// The share of a window in the mean rate at which calls end.
constexpr double kRateShare = 0.3;
/// A limit at which less than this share of the greatest rate is served is too low.
constexpr double kThroughputLeast = 0.8;
/// The share of the greatest rate that is forgotten in each window, so that half of it is forgotten
/// in seven seconds. The module may have become slower.
constexpr double kRateForgotten = 0.01;
/// The share of the way back to the first limit that a window goes in which calls do not reach half
/// of the limit. What has lowered it is over, and bursts need room.
constexpr double kRateBack = 0.05;

/// How much one window raises a limit.
double growth(double limit) { return std::min(std::sqrt(limit), limit / 2); }

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

/// Raises the limit if calls do not wait for each other.
void GradientLimit::grow() {
    if (excess(1 + (options_.tolerance - 1) * kGrowthShare) >= 1) return;
    limit_ = std::min(limit_ + growth(limit_), static_cast<double>(options_.limit_most));
}

/// Sets the limit by how much longer calls took than usual.
void GradientLimit::follow_latency() {
    const double beyond = excess(options_.tolerance);
    if (beyond > 1) limit_ = std::max(limit_ * std::max(1 / beyond, kGradientLeast), static_cast<double>(options_.limit_least));
    grow();
}

void GradientLimit::measure_rate(SteadyTime now) {
    const double seconds = std::chrono::duration<double>{now - window_begun_}.count();
    const double rate = static_cast<double>(samples_) / seconds;
    rate_ = rate_ > 0 ? rate_ + (rate - rate_) * kRateShare : rate;
    rate_most_ *= 1 - kRateForgotten;
    if (rate_ < rate_most_) return;
    rate_most_ = rate_;
    limit_of_rate_most_ = limit_;
}

bool GradientLimit::regain_throughput() {
    if (rate_ < kThroughputLeast * rate_most_ && limit_ < limit_of_rate_most_) {
        limit_ = std::min(limit_ + growth(limit_), limit_of_rate_most_);
        regains_ = true;
        return true;
    }
    if (!std::exchange(regains_, false)) return false;
    if (rate_ < kThroughputLeast * rate_most_) {
        // The higher limit does not serve more either: something else has made the module slower.
        rate_most_ = rate_;
    } else {
        // Calls must be allowed to take as long as they do where more of them are served.
        learn_usual(kRateDown, 1);
    }
    return false;
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
    if (!regain_throughput()) {
        follow_latency();
        learn_usual(kRateDown, lowest ? 1 : 0);
    }
    windows_full_ = full_ && !lowest ? windows_full_ + 1 : 0;
    if (windows_full_ < kWindowsBetweenProbes) return;
    windows_full_ = 0;
    probed_from_ = limit_;
    limit_ = std::max(limit_ / 2, 1.0);
}

/// Ends a window in which each call found room, but calls reached half of the limit. They may be
/// the beginning of an overload.
void GradientLimit::end_busy_window() {
    grow();
    learn_usual(kRateDown, 0);
}

/// Ends a window in which there was much room.
void GradientLimit::end_idle_window() {
    if (limit_ < options_.limit_first) limit_ += (options_.limit_first - limit_) * kRateBack;
    learn_deviation();
    learn_usual(kRateDown, kRateUp);
}

void GradientLimit::forget_fullness() {
    limit_ = std::max(limit_, std::exchange(probed_from_, 0));
    windows_full_ = 0;
    was_within_ = true;
    rate_ = 0;
    rate_most_ = 0;
    regains_ = false;
}

void GradientLimit::end_window(SteadyTime now) {
    if (full_) {
        end_full_window(now);
    } else {
        forget_fullness();
        if (2 * in_flight_most_ >= limit()) {
            end_busy_window();
        } else {
            end_idle_window();
        }
    }
    for (auto& method : methods_) {
        method.sum = 0;
        method.count = 0;
    }
    window_begun_ = now;
    samples_ = 0;
    in_flight_most_ = 0;
    full_ = false;
}

}  // namespace tw::rpc
