#pragma once

#include <algorithm>
#include <chrono>

namespace tw {

/// How the pauses between attempts grow. A pause is a random part of a bound; the bound grows with
/// each attempt. The randomness keeps clients that failed together from coming back together.
struct BackoffOptions {
    std::chrono::nanoseconds first;
    std::chrono::nanoseconds last;
    /// The factor from one bound to the next.
    double growth = 2;
    /// The pause lies between these parts of the bound. 0 and 1 are "full jitter" (Brooker,
    /// "Exponential Backoff And Jitter", 2015), which spreads clients most. A least part above 0
    /// makes sure that there is a pause.
    double part_least = 0;
    double part_most = 1;
};

/// Computes how long to wait before the next attempt. It does no I/O and reads no clock.
class Backoff {
 public:
    explicit Backoff(const BackoffOptions& options) : options_{options}, bound_{options.first} {}

    /// Returns the next pause. `random` is uniform in [0, 1).
    std::chrono::nanoseconds next(double random) {
        const auto bound = bound_;
        const std::chrono::duration<double, std::nano> grown = bound * options_.growth;
        bound_ = grown < options_.last ? std::chrono::duration_cast<std::chrono::nanoseconds>(grown) : options_.last;
        const double part = options_.part_least + (options_.part_most - options_.part_least) * random;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(bound * part);
    }
    /// The next pause is a first one again.
    void reset() { bound_ = options_.first; }

 private:
    BackoffOptions options_;
    std::chrono::nanoseconds bound_;
};

}  // namespace tw
