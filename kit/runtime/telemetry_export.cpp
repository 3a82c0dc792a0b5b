#include "kit/runtime/telemetry_export.hpp"

#include "kit/otlp/make_transport.hpp"
#include "kit/otlp/self_metrics.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tw::runtime {
namespace {

using telemetry::Sampler;
using telemetry::Signal;

constexpr std::array kSignals{Signal::traces, Signal::metrics, Signal::logs};

/// Where telemetry is switched off, what begins here is not sampled, and what others have sampled stays so.
Sampler sampler_of(const otlp::Settings& settings) {
    return settings.disabled ? Sampler::parent_based(Sampler::always_off()) : settings.sampler;
}

}  // namespace

Outlet::Outlet(otlp::Exporter& exporter, std::size_t source, const otlp::Settings& settings, std::size_t loops)
    : sampler_{sampler_of(settings)} {
    for (std::size_t i = 0; i < loops; ++i) {
        if (exporter.exports(Signal::traces)) {
            spans_.emplace_back(settings.span_limits, settings.spans.batch_records_max, exporter.sink(Signal::traces, source));
        }
        if (exporter.exports(Signal::logs)) {
            logs_.emplace_back(settings.log_limits, settings.log_records.batch_records_max, exporter.sink(Signal::logs, source));
        }
    }
}

TelemetryExport::TelemetryExport(const otlp::Settings& settings, LoopGroup& loops, const Clock& clock,
                                 const telemetry::Logger& log)
    : settings_{settings},
      loops_{loops},
      exporter_{otlp::ExporterOptions::of(settings), otlp::transports_of(settings, clock), clock, log} {}

Outlet& TelemetryExport::open(const telemetry::Resource& resource, std::string_view version) {
    const auto source = exporter_.add_source(resource, "tradewind", std::string{version});
    return outlets_.emplace_back(exporter_, source, settings_, loops_.size());
}

void TelemetryExport::start(const otlp::Meters& meters, telemetry::Meter& own) {
    if (!active()) return;
    exporter_.collect_from(meters);
    // One errand a loop does for all services.
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        auto& loop = loops_.at(i);
        if (exporter_.exports(Signal::traces)) {
            exporter_.flush_with(Signal::traces, &loop, [this, i] {
                for (auto& outlet : outlets_) outlet.flush_spans(i);
            });
        }
        if (exporter_.exports(Signal::logs)) {
            exporter_.flush_with(Signal::logs, &loop, [this, i] {
                for (auto& outlet : outlets_) outlet.flush_logs(i);
            });
        }
    }
    otlp::observe(exporter_, own);
    exporter_.start();
}

bool TelemetryExport::active() const {
    return std::ranges::any_of(kSignals, [this](Signal signal) { return exporter_.exports(signal); });
}

}  // namespace tw::runtime
