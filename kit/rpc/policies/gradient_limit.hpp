#pragma once

#include "kit/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tw::rpc {

struct GradientOptions {
    /// How many calls may be served at once: at the start, at least and at most.
    std::uint32_t limit_first = 16;
    std::uint32_t limit_least = 3;
    std::uint32_t limit_most = 10'000;
    /// A mean latency up to this one never lowers the limit.
    std::chrono::milliseconds latency_fine{10};
    /// A mean latency above the usual one times this factor lowers the limit. One below 40% of the
    /// way from the usual one to there raises it.
    double tolerance = 1.5;
    /// How often the limit is set at most, and the fewest calls that must have ended until then. If
    /// the limit is lower than that, as many calls as the limit are enough. If calls take longer
    /// than the window, it is set as often as calls end, and at least every two seconds.
    std::chrono::milliseconds window{100};
    std::uint64_t samples_least = 10;
};

/// Finds out how many calls a module can serve at once, from how long they take. While calls take
/// about as long as usual, the limit grows with the root of its value. When they take longer than
/// tolerated, they wait for something in the module, and the limit shrinks in proportion. In
/// between it stays. It is a state machine without I/O. The idea is that of the "gradient2" limit
/// of Netflix's concurrency-limits, with the range of its "vegas" limit in which nothing changes.
///
/// The limit shrinks only while calls are refused. As long as none is, nobody sends more than is
/// served, such as clients that each send a call after an answer. Then calls that wait for room
/// raise the limit, whatever the latency: many at once may share what makes them slow, such as a
/// commit.
///
/// What is usual is learned for each method, so a change in the mix of methods does not look like
/// overload. How much the latency varies is learned, too, and is tolerated. Both are learned while
/// calls use less than half of the limit, and what is usual does not rise while they use more.
/// There are three exceptions:
/// - If calls take longer at the lowest limit than they could by waiting for each other, that
///   becomes usual. So a module that has a slow callee gets its limit back.
/// - While calls are refused for half a minute, the limit is halved for a moment to measure what is
///   usual.
/// - The latency at a higher limit that serves much more becomes usual.
///
/// A lower limit must not cost throughput. Calls that share commits take longer when there are
/// many, and more of them are served. So the limit grows again, up to where it was, while fewer
/// calls end than at the higher limit. While calls are refused, a higher limit is tried now and
/// then, too.
///
/// The limit returns to the first one within seconds, once calls use less than half of it.
class GradientLimit {
 public:
    explicit GradientLimit(const GradientOptions& options)
        : options_{options}, limit_{static_cast<double>(options.limit_first)} {}

    /// Adds a method. Returns its number.
    std::size_t add_method() {
        methods_.emplace_back();
        return methods_.size() - 1;
    }
    std::uint32_t limit() const { return static_cast<std::uint32_t>(limit_); }
    /// The mean latency of a method when the module is not overloaded. 0 before any call has ended.
    std::chrono::duration<double> usual(std::size_t method) const {
        return std::chrono::duration<double>{methods_[method].usual};
    }

    /// Records that a call was refused because there was no room.
    void on_full() { full_ = true; }
    /// Records that a call waits until there is room.
    void on_wait() { waited_ = true; }
    /// Records the end of a call. `in_flight` is the number of calls at that time, including this
    /// one. Returns whether a window has ended, so that the limit may have changed.
    bool on_end(std::size_t method, std::chrono::nanoseconds latency, std::uint32_t in_flight, SteadyTime now) {
        auto& one = methods_[method];
        one.sum += std::chrono::duration<double>{latency}.count();
        ++one.count;
        ++samples_;
        in_flight_last_ = in_flight;
        in_flight_most_ = std::max(in_flight_most_, in_flight);
        if (now - window_begun_ < window_ || samples_ < samples_needed()) return false;
        end_window(now);
        return true;
    }

 private:
    /// The latencies of one method in seconds.
    struct MethodLatency {
        double usual = 0;
        /// How far the means of windows are from the usual latency, on average.
        double deviation = 0;
        double sum = 0;
        std::uint64_t count = 0;
    };

    /// The number of calls that end a window. At a low limit, few calls end in any time.
    std::uint64_t samples_needed() const { return std::min<std::uint64_t>(options_.samples_least, limit()); }
    void end_window(SteadyTime now);
    /// Returns how much longer calls took than is fine. 1 and less are fine.
    double excess(double tolerance) const;
    void learn_usual(double rate_down, double rate_up);
    void learn_deviation();
    void raise(double most);
    void grow();
    void follow_latency();
    void measure_rate(SteadyTime now);
    void begin_raising(double most, double rate);
    /// Raises the limit if a higher one may serve more. Returns whether it does so, or has found
    /// one. `settled` says that in this window and the one before there were never more calls than
    /// the limit.
    bool raise_for_throughput(bool settled);
    void end_full_window(SteadyTime now);
    void end_busy_window();
    void end_idle_window();
    void forget_fullness();

    GradientOptions options_;
    double limit_;
    std::vector<MethodLatency> methods_;
    /// How long a window lasts: as long as calls take, so that what it measures is due to the limit
    /// as it is.
    std::chrono::nanoseconds window_ = options_.window;
    SteadyTime window_begun_{};
    std::uint64_t samples_ = 0;
    std::uint32_t in_flight_most_ = 0;
    std::uint32_t in_flight_last_ = 0;
    /// The calls in flight at the end of the window before.
    std::uint32_t in_flight_before_ = 0;
    bool full_ = false;
    bool waited_ = false;
    /// Whether in the window before this one there were never more calls than the limit.
    bool was_within_ = true;
    std::uint64_t windows_full_ = 0;
    /// How many calls end in a second: in this window, and as the mean of the last ones.
    double window_rate_ = 0;
    double rate_ = 0;
    /// That mean without calls that made room for no other one, and the greatest of it in the last
    /// seconds, with the limit at that time.
    double lasting_rate_ = 0;
    double rate_most_ = 0;
    double limit_of_rate_most_ = 0;
    /// A higher limit that may serve more, while it is tried, and from where it was raised. 0 while
    /// none is tried.
    double raises_to_ = 0;
    struct LimitAndRate {
        double limit;
        double rate;
    } raised_from_{};
    /// Whether the window goes on in which calls end that began before the limit was raised.
    bool settles_ = false;
    /// Whether half of the limit was tried last, and not a higher one.
    bool probed_lower_ = false;
    /// The limit to return to after the usual latency has been measured at half of it. 0 while it
    /// is not being measured.
    double probed_from_ = 0;
};

}  // namespace tw::rpc
