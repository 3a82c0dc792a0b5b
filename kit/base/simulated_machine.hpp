#pragma once

#include "kit/base/clock.hpp"

#include <cstdint>
#include <utility>

namespace tw {

/// What a simulation has in place of the machine: its clock and its source of random numbers. While a thread is in a Scope,
/// SystemClock, steady_now() and every Random that is made without a seed on that thread ask it, so that nothing in a simulated
/// run depends on the real time or on real randomness. Outside a simulation there is none.
class SimulatedMachine {
 public:
    virtual ~SimulatedMachine() = default;

    virtual Timestamp now() const = 0;
    virtual SteadyTime steady_now() const = 0;
    /// The seed of the next Random.
    virtual std::uint64_t next_seed() = 0;

    /// The calling thread's; null outside a simulation.
    static SimulatedMachine* current() { return current_; }

    /// From its construction to its destruction the calling thread is simulated. `machine` outlives it.
    class Scope {
     public:
        explicit Scope(SimulatedMachine& machine) : before_{std::exchange(current_, &machine)} {}
        ~Scope() { current_ = before_; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

     private:
        SimulatedMachine* before_;
    };

 private:
    static inline constinit thread_local SimulatedMachine* current_ = nullptr;
};

}  // namespace tw
