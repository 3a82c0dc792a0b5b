#pragma once

#include <chrono>
#include <cstdint>

namespace tw::rpc {

/// Knows how fast the fastest calls of a method are, and so which deadlines cannot be met. It is a
/// state machine without I/O.
class DeadlineBudget {
 public:
    using Seconds = std::chrono::duration<double>;

    void on_end(Seconds latency) {
        ++samples_;
        if (samples_ == 1 || latency < fastest_) {
            fastest_ = latency;
        } else {
            fastest_ += (latency - fastest_) / kMemory;
        }
    }
    /// Whether a call with so much time left has a chance. The time must be at least half of that
    /// of the fastest calls. Each refusal lowers the estimate, so that an estimate that is wrong
    /// does not refuse calls for ever.
    bool can_meet(Seconds remaining) {
        if (samples_ < kSamplesLeast || remaining >= fastest_ / 2) return true;
        fastest_ *= 0.9;
        return false;
    }

 private:
    static constexpr std::uint64_t kSamplesLeast = 16;
    /// The number of calls in which the estimate rises by most of the way to a slower method.
    static constexpr double kMemory = 256;

    Seconds fastest_{0};
    std::uint64_t samples_ = 0;
};

}  // namespace tw::rpc
