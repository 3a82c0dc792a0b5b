#pragma once

#include "kit/otlp/exporter_stats.hpp"
#include "kit/telemetry/log.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::otlp {

/// Says in the log that telemetry is being lost, and of what kind, at most once a minute for one signal. Belongs to the
/// exporter's loop.
class ExportReport {
 public:
    static constexpr std::chrono::minutes kPause{1};

    /// `log` must not itself end in the exporter, or each line would make the next one. With `receiver_optional`, nothing is said
    /// before a receiver has taken something for the first time.
    ExportReport(std::string_view signal, const telemetry::Logger& log, bool receiver_optional = false)
        : signal_{signal}, log_{log}, waiting_{receiver_optional} {}

    /// Tells what was dropped since it last told, if anything and if it is time.
    void on_progress(const ExporterStats& stats, SteadyTime now);
    /// The receiver accepted a request and had something to say.
    void on_warning(std::string_view message, std::uint64_t rejected, SteadyTime now);

 private:
    std::string_view signal_;
    const telemetry::Logger& log_;
    /// For a receiver that may not be there, and so far was not.
    bool waiting_;
    std::array<std::uint64_t, kDropReasons> told_{};
    std::optional<SteadyTime> dropped_at_;
    std::optional<SteadyTime> warned_at_;
};

}  // namespace tw::otlp
