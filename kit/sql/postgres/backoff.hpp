#pragma once

#include "kit/base/random.hpp"

#include <algorithm>
#include <chrono>

namespace tw::sql::pg {

/// How long to wait before the next attempt. The time doubles up to a bound. A random part of up to
/// a half is taken off, so that clients that were cut off together do not come back together.
class Backoff {
 public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds last) : first_{first}, last_{last} {}

    std::chrono::nanoseconds next(Random& random) {
        const auto bound = bound_;
        bound_ = std::min(bound_ * 2, last_);
        return std::chrono::duration_cast<std::chrono::nanoseconds>(bound * (0.5 + 0.5 * random.uniform()));
    }
    void reset() { bound_ = first_; }

 private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds last_;
    std::chrono::milliseconds bound_ = first_;
};

}  // namespace tw::sql::pg
