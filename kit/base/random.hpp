#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tw {

/// Random bytes from the operating system (getrandom(2)), fetched a block at a time so that an id costs no system call.
/// Fit for ids, jitter and tokens alike. Not thread-safe: one per loop. A seed makes it repeatable, for tests and simulation
/// only; on a thread that runs a simulation, the default is a seed of the simulation's.
class Random {
 public:
    Random();
    explicit Random(std::uint64_t seed) : state_{seed}, seeded_{true} {}
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;

    void fill(std::span<std::uint8_t> out);
    std::uint64_t next();
    /// Uniform in [0, 1).
    double uniform();

    /// A version 7 UUID (RFC 9562 §5.7) with the milliseconds of `now`. Those of one generator ascend, even within a
    /// millisecond and when the clock steps back (§6.2, method 1: a 12-bit counter in rand_a).
    Uuid uuid_v7(Timestamp now);

 private:
    void refill();

    std::array<std::uint8_t, 1024> block_{};
    std::size_t used_ = sizeof(block_);
    std::uint64_t state_ = 0;
    bool seeded_ = false;
    std::int64_t last_millis_ = 0;
    std::uint16_t sequence_ = 0;
};

}  // namespace tw
