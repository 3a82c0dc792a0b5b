#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tw {

/// Random bytes from the operating system (getrandom(2)), fetched a block at a time so that an id
/// costs no system call. They are fit for ids, jitter and tokens. A Random is not thread-safe: make
/// one per loop. A seed makes the bytes repeatable, for tests and simulation only. On a thread that
/// runs a simulation, the default constructor takes a seed from the simulation.
class Random {
 public:
    Random();
    explicit Random(std::uint64_t seed) : state_{seed}, seeded_{true} {}
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;

    void fill(std::span<std::uint8_t> out);
    std::uint64_t next();
    /// Returns a number uniform in [0, 1).
    double uniform();

    /// Makes a version 7 UUID (RFC 9562 §5.7) with the milliseconds of `now`. The UUIDs of one
    /// generator ascend, even within a millisecond and when the clock steps back (§6.2, method 1: a
    /// 12-bit counter in rand_a).
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
