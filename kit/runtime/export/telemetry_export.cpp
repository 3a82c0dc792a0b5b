#include "kit/runtime/export/telemetry_export.hpp"

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

/// Where telemetry is switched off, what begins here is not sampled, and what others have sampled
/// stays so.
Sampler sampler_of(const otlp::Settings& settings) {
    return settings.disabled ? Sampler::parent_based(Sampler::always_off()) : settings.sampler;
}

}  // namespace

ServiceRecorders::ServiceRecorders(otlp::Exporter& exporter, std::size_t source, const otlp::Settings& settings,
                                   std::size_t loops, Batches batches)
    : sampler_{sampler_of(settings)} {
    for (std::size_t i = 0; i < loops; ++i) {
        if (exporter.exports(Signal::traces)) {
            spans_.emplace_back(settings.span_limits, batches.spans, exporter.sink(Signal::traces, source));
        }
        if (exporter.exports(Signal::logs)) {
            logs_.emplace_back(settings.log_limits, batches.logs, exporter.sink(Signal::logs, source));
        }
    }
}

std::size_t handed_on_at_once(const otlp::BatchSettings& batch, std::size_t recorders) {
    constexpr std::size_t kFew = 16;
    const auto share = [recorders](std::size_t records) { return std::max<std::size_t>(records / recorders, 1); };
    const auto wanted = std::max(share(batch.batch_records_max), std::min(kFew, batch.batch_records_max));
    return std::min(wanted, share(batch.queue_records_max));
}

TelemetryExport::TelemetryExport(const otlp::Settings& settings, LoopGroup& loops, std::size_t services, const Clock& clock,
                                 const telemetry::Logger& log, otlp::Tap* tap)
    : settings_{settings},
      loops_{loops},
      batches_{handed_on_at_once(settings.spans, services * loops.size()),
               handed_on_at_once(settings.log_records, services * loops.size())},
      exporter_{otlp::ExporterOptions::of(settings), otlp::transports_of(settings, clock), clock, log,
                settings.disabled ? nullptr : tap} {}

ServiceRecorders& TelemetryExport::open(const telemetry::Resource& resource, std::string_view program, std::string_view version) {
    const auto source = exporter_.add_source(resource, std::string{program}, std::string{version});
    return recorders_.emplace_back(exporter_, source, settings_, loops_.size(), batches_);
}

void TelemetryExport::start(const otlp::Meters& meters, telemetry::Meter& own) {
    if (!active()) return;
    exporter_.collect_from(meters);
    // One task on each loop serves all services.
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        auto& loop = loops_.at(i);
        if (exporter_.exports(Signal::traces)) {
            exporter_.flush_with(Signal::traces, &loop, [this, i] {
                for (auto& recorders : recorders_) recorders.flush_spans(i);
            });
        }
        if (exporter_.exports(Signal::logs)) {
            exporter_.flush_with(Signal::logs, &loop, [this, i] {
                for (auto& recorders : recorders_) recorders.flush_logs(i);
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
