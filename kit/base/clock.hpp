#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw {

/// A moment of wall-clock time in UTC, in microseconds since 1970-01-01. Messages and databases
/// hold times in this form.
class Timestamp {
 public:
    constexpr Timestamp() = default;
    static constexpr Timestamp from_unix_micros(std::int64_t micros) { return Timestamp{micros}; }
    /// Reads RFC 3339, in UTC ("2026-01-31T12:00:00.000001Z") or with a numeric offset. The
    /// fraction has at most nine digits; digits below a microsecond are cut off. Returns nothing
    /// for any other text.
    static std::optional<Timestamp> parse(std::string_view text);

    constexpr std::int64_t unix_micros() const { return micros_; }
    constexpr std::int64_t unix_millis() const { return micros_ / 1000; }
    /// Writes RFC 3339 with exactly six fraction digits and "Z".
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

/// Monotonic time, for deadlines and durations. It is never stored and never sent.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Returns the machine's monotonic time. On a thread that runs a simulation, it returns the
/// simulation's time (kit/base/simulated_machine.hpp).
SteadyTime steady_now();

/// The source of the time. Tests replace it to control the time. Implementations are thread-safe.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual SteadyTime steady_now() const = 0;
};

/// The machine's clock. On a thread that runs a simulation, it reads the simulation's clock. It has
/// no state.
class SystemClock final : public Clock {
 public:
    Timestamp now() const override;
    SteadyTime steady_now() const override { return tw::steady_now(); }
};

}  // namespace tw
