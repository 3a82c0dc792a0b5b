#pragma once

#include "kit/base/error.hpp"
#include "kit/telemetry/metrics.hpp"

#include <array>
#include <optional>
#include <utility>

namespace tw::telemetry {

/// The durations of one operation, with a time series for each outcome. The series of an outcome is
/// bound when it first happens; later recordings cost no look-up. It belongs to a loop, as its
/// Meter does.
class OutcomeHistogram {
 public:
    /// Records in the series of `code`. `bind()` makes the series and is called once for each code.
    template <class Bind>
    void record(Code code, double seconds, const TraceContext& trace, Bind bind) {
        auto& series = series_[static_cast<std::size_t>(code)];
        if (!series) series.emplace(bind());
        // Only an exemplar needs the wall clock.
        if (series->takes_exemplar(trace)) {
            series->record(seconds, trace, clock_.now());
        } else {
            series->record(seconds);
        }
    }

 private:
    static constexpr std::size_t kCodes = static_cast<std::size_t>(Code::unauthenticated) + 1;

    SystemClock clock_;
    std::array<std::optional<Histogram>, kCodes> series_;
};

}  // namespace tw::telemetry
