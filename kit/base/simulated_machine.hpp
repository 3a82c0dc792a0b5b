#pragma once

#include "kit/base/clock.hpp"

#include <cstdint>
#include <utility>

namespace tw {

/// The clock and the source of random numbers of a simulation, in place of the machine's. While a
/// thread is in a Scope, SystemClock, steady_now() and every Random that is made on that thread
/// without a seed use it. Nothing in a simulated run then depends on real time or real randomness.
class SimulatedMachine {
 public:
    virtual ~SimulatedMachine() = default;

    virtual Timestamp now() const = 0;
    virtual SteadyTime steady_now() const = 0;
    /// Returns the seed of the next Random.
    virtual std::uint64_t next_seed() = 0;

    /// Returns the calling thread's machine, or null outside a simulation.
    static SimulatedMachine* current() { return current_; }

    /// The calling thread is simulated while a Scope exists. `machine` outlives the Scope.
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
