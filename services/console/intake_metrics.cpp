#include "services/console/intake_metrics.hpp"

#include <array>
#include <utility>
#include <vector>

namespace tw::console {
namespace {

using telemetry::Instrument;
using telemetry::InstrumentKind;
using telemetry::Signal;

constexpr Instrument kReceived{"tw.console.received", "{record}", "Spans and log records that came to the console.",
                               InstrumentKind::counter};
constexpr Instrument kRefused{"tw.console.refused", "{record}", "Spans and log records that the console did not take.",
                              InstrumentKind::counter};
constexpr Instrument kStored{"tw.console.stored", "{record}", "Spans and log records that the console has stored.",
                             InstrumentKind::counter};
constexpr Instrument kLeftOut{"tw.console.left_out", "{record}",
                              "Spans and log records that were not stored because more came than is stored in a second.",
                              InstrumentKind::counter};
constexpr Instrument kWaiting{"tw.console.waiting", "By", "Telemetry that waits to be stored by the console.",
                              InstrumentKind::up_down_counter};
constexpr Instrument kKept{"tw.console.kept", "By", "The size of the console's files.", InstrumentKind::up_down_counter};
constexpr Instrument kCommitDuration{"tw.console.commit.duration", "s", "How long it takes the console to store a batch.",
                                     InstrumentKind::histogram, telemetry::kDatabaseDurationBounds};

/// The bound series of one signal.
struct ConsoleSeries {
    Signal signal;
    telemetry::Counter received;
    telemetry::Counter stored;
    telemetry::Counter left_out;
    std::vector<telemetry::Counter> refused;
};

ConsoleSeries bind_series(Signal signal, std::string_view name, telemetry::Meter& meter) {
    ConsoleSeries series{signal,
                         meter.counter(kReceived, {{"tw.telemetry.signal", name}}),
                         meter.counter(kStored, {{"tw.telemetry.signal", name}}),
                         meter.counter(kLeftOut, {{"tw.telemetry.signal", name}}),
                         {}};
    for (const auto why : kRefusalNames) {
        series.refused.push_back(meter.counter(kRefused, {{"tw.telemetry.signal", name}, {"error.type", why}}));
    }
    return series;
}

void set_series(const ConsoleSeries& series, const IntakeStats& stats) {
    series.received.set(static_cast<double>(stats.received(series.signal)));
    series.stored.set(static_cast<double>(stats.stored(series.signal)));
    series.left_out.set(static_cast<double>(stats.left_out(series.signal)));
    for (std::size_t i = 0; i < series.refused.size(); ++i) {
        series.refused[i].set(static_cast<double>(stats.refused(series.signal, static_cast<Refusal>(i))));
    }
}

}  // namespace

void observe(std::shared_ptr<const IntakeStats> stats, telemetry::Meter& meter) {
    std::vector<ConsoleSeries> all;
    all.push_back(bind_series(Signal::traces, "traces", meter));
    all.push_back(bind_series(Signal::logs, "logs", meter));
    meter.on_collect([stats = std::move(stats), all = std::move(all), waiting = meter.counter(kWaiting),
                      kept = meter.counter(kKept), commits = meter.histogram(kCommitDuration)] {
        for (const auto& series : all) set_series(series, *stats);
        waiting.set(static_cast<double>(stats->waiting_bytes()));
        kept.set(static_cast<double>(stats->kept_bytes()));
        for (const auto seconds : stats->take_commits()) commits.record(seconds);
    });
}

}  // namespace tw::console
