#include "kit/otlp/self_metrics.hpp"

#include <array>
#include <vector>

namespace tw::otlp {
namespace {

using telemetry::Instrument;
using telemetry::InstrumentKind;
using telemetry::Signal;

struct SignalInstruments {
    Signal signal;
    Instrument exported;
    Instrument inflight;
};

constexpr std::array kInstruments{
    SignalInstruments{
        Signal::traces,
        {"otel.sdk.exporter.span.exported", "{span}", "Spans that the receiver accepted.", InstrumentKind::counter},
        {"otel.sdk.exporter.span.inflight", "{span}", "Spans in the current request.", InstrumentKind::up_down_counter}},
    SignalInstruments{Signal::metrics,
                      {"otel.sdk.exporter.metric_data_point.exported", "{data_point}",
                       "Metric points that the receiver accepted.", InstrumentKind::counter},
                      {"otel.sdk.exporter.metric_data_point.inflight", "{data_point}", "Metric points in the current request.",
                       InstrumentKind::up_down_counter}},
    SignalInstruments{
        Signal::logs,
        {"otel.sdk.exporter.log.exported", "{log_record}", "Log records that the receiver accepted.", InstrumentKind::counter},
        {"otel.sdk.exporter.log.inflight", "{log_record}", "Log records in the current request.",
         InstrumentKind::up_down_counter}},
};

constexpr Instrument kDropped{"tw.telemetry.dropped", "{record}", "Spans, metric points and log records that were lost.",
                              InstrumentKind::counter};
constexpr Instrument kQueued{"tw.telemetry.queued", "{record}", "Spans, metric points and log records that wait to be sent.",
                             InstrumentKind::up_down_counter};

/// The bound series of one signal.
struct Series {
    Signal signal;
    telemetry::Counter exported;
    telemetry::Counter inflight;
    telemetry::Counter queued;
    std::vector<telemetry::Counter> dropped;
};

void set(const Series& series, const ExporterStats& stats) {
    series.exported.set(static_cast<double>(stats.exported));
    series.inflight.set(static_cast<double>(stats.inflight));
    series.queued.set(static_cast<double>(stats.queued));
    for (std::size_t i = 0; i < kDropReasons; ++i) series.dropped[i].set(static_cast<double>(stats.dropped[i]));
}

}  // namespace

void observe(const Exporter& exporter, telemetry::Meter& meter) {
    std::vector<Series> all;
    for (const auto& instruments : kInstruments) {
        if (!exporter.stats(instruments.signal).enabled) continue;
        const auto name = signal_name(instruments.signal);
        Series series{instruments.signal, meter.counter(instruments.exported), meter.counter(instruments.inflight),
                      meter.counter(kQueued, {{"tw.telemetry.signal", name}})};
        for (std::size_t i = 0; i < kDropReasons; ++i) {
            series.dropped.push_back(meter.counter(
                kDropped, {{"tw.telemetry.signal", name}, {"error.type", drop_reason_name(static_cast<DropReason>(i))}}));
        }
        all.push_back(std::move(series));
    }
    meter.on_collect([&exporter, all = std::move(all)] {
        for (const auto& series : all) set(series, exporter.stats(series.signal));
    });
}

}  // namespace tw::otlp
