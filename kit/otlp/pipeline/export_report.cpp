#include "kit/otlp/pipeline/export_report.hpp"

namespace tw::otlp {

void ExportReport::on_progress(const ExporterStats& stats, SteadyTime now) {
    if (waiting_) {
        waiting_ = stats.exported == 0;
        // Records that were lost before there was a receiver are not reported.
        told_ = stats.dropped;
        return;
    }
    if (stats.dropped == told_) return;
    if (dropped_at_ && now - *dropped_at_ < kPause) return;
    dropped_at_ = now;
    const auto since = [&](DropReason reason) { return stats.dropped_by(reason) - told_[static_cast<std::size_t>(reason)]; };
    log_.log(telemetry::Severity::warn, "telemetry.dropped",
             {{"tw.telemetry.signal", signal_},
              {"tw.telemetry.dropped.queue_full", since(DropReason::queue_full)},
              {"tw.telemetry.dropped.export_failed", since(DropReason::export_failed)},
              {"tw.telemetry.dropped.rejected", since(DropReason::rejected)},
              {"tw.telemetry.dropped.shutdown", since(DropReason::shutdown)},
              {"exception.message", stats.last_error}},
             "telemetry was lost; requests are not affected");
    told_ = stats.dropped;
}

void ExportReport::on_warning(std::string_view message, std::uint64_t rejected, SteadyTime now) {
    if (warned_at_ && now - *warned_at_ < kPause) return;
    warned_at_ = now;
    log_.log(telemetry::Severity::warn, "telemetry.partial_success",
             {{"tw.telemetry.signal", signal_}, {"tw.telemetry.rejected", rejected}, {"exception.message", message}},
             "the receiver rejected a part of the telemetry");
}

}  // namespace tw::otlp
