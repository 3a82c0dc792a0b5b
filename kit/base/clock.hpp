#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw {

/// A moment of wall-clock time in UTC, microseconds since 1970-01-01. What messages and databases hold.
class Timestamp {
 public:
    constexpr Timestamp() = default;
    static constexpr Timestamp from_unix_micros(std::int64_t micros) { return Timestamp{micros}; }
    /// RFC 3339 in UTC ("2026-01-31T12:00:00.000001Z") or with a numeric offset; at most nanoseconds, which are cut off.
    static std::optional<Timestamp> parse(std::string_view text);

    constexpr std::int64_t unix_micros() const { return micros_; }
    constexpr std::int64_t unix_millis() const { return micros_ / 1000; }
    /// RFC 3339 with exactly six fraction digits and "Z".
    std::string to_string() const;

    constexpr Timestamp operator+(std::chrono::microseconds delta) const { return Timestamp{micros_ + delta.count()}; }
    constexpr Timestamp operator-(std::chrono::microseconds delta) const { return Timestamp{micros_ - delta.count()}; }
    constexpr std::chrono::microseconds operator-(Timestamp other) const {
        return std::chrono::microseconds{micros_ - other.micros_};
    }
    constexpr auto operator<=>(const Timestamp&) const = default;

 private:
    constexpr explicit Timestamp(std::int64_t micros) : micros_{micros} {}
    std::int64_t micros_ = 0;
};

/// Monotonic time, for deadlines and durations. Never stored, never sent.
using SteadyTime = std::chrono::steady_clock::time_point;

/// The machine's monotonic time; the simulation's on a thread that runs one (kit/base/simulated_machine.hpp).
SteadyTime steady_now();

/// Where the time comes from, so that tests can hold it. Implementations are thread-safe.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual SteadyTime steady_now() const = 0;
};

/// The machine's clock; the simulation's on a thread that runs one. Stateless.
class SystemClock final : public Clock {
 public:
    Timestamp now() const override;
    SteadyTime steady_now() const override { return tw::steady_now(); }
};

}  // namespace tw
