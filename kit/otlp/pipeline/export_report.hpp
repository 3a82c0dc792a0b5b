#pragma once

#include "kit/otlp/pipeline/exporter_stats.hpp"
#include "kit/telemetry/log.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::otlp {

/// Logs that telemetry is being lost, and why, at most once a minute for one signal. It belongs to
/// the exporter's loop.
class ExportReport {
 public:
    static constexpr std::chrono::minutes kPause{1};

    /// `log` must not go to the exporter, or each line would make the next one. With
    /// `receiver_optional`, nothing is logged before a receiver has accepted something for the
    /// first time.
    ExportReport(std::string_view signal, const telemetry::Logger& log, bool receiver_optional = false)
        : signal_{signal}, log_{log}, waiting_{receiver_optional} {}

    /// Logs what was dropped since the last log line, if anything and if it is time.
    void on_progress(const ExporterStats& stats, SteadyTime now);
    /// Logs a warning that the receiver sent with an accepted request.
    void on_warning(std::string_view message, std::uint64_t rejected, SteadyTime now);

 private:
    std::string_view signal_;
    const telemetry::Logger& log_;
    /// Whether the receiver is optional and has never answered.
    bool waiting_;
    std::array<std::uint64_t, kDropReasons> told_{};
    std::optional<SteadyTime> dropped_at_;
    std::optional<SteadyTime> warned_at_;
};

}  // namespace tw::otlp
