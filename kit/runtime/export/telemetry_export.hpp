#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/otlp/exporter.hpp"
#include "kit/telemetry/otlp_log_recorder.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"

#include <chrono>
#include <cstddef>
#include <deque>

namespace tw::runtime {

/// One service's recorders of spans and log records, a pair for each event loop, so that no request
/// waits for another thread. Recorders that were made without an exporter record nothing.
class ServiceRecorders {
 public:
    ServiceRecorders() = default;
    /// Recorders hand on so many spans or log records at a time.
    struct Batches {
        std::size_t spans = 512;
        std::size_t logs = 512;
    };
    ServiceRecorders(otlp::Exporter& exporter, std::size_t source, const otlp::Settings& settings, std::size_t loops,
                     Batches batches);
    ServiceRecorders(const ServiceRecorders&) = delete;
    ServiceRecorders& operator=(const ServiceRecorders&) = delete;

    /// Null where spans are not exported. The recorder is used on the loop with that index.
    telemetry::SpanRecorder* spans(std::size_t loop) { return spans_.empty() ? nullptr : &spans_[loop]; }
    /// Null where log records are not exported. The recorder of the loop with that index may be
    /// used on any thread.
    telemetry::LogRecorder* logs(std::size_t loop) { return logs_.empty() ? nullptr : &logs_[loop]; }
    const telemetry::Sampler& sampler() const { return sampler_; }

    /// Hand on what was written down on that loop; there.
    void flush_spans(std::size_t loop) { spans_[loop].flush(); }
    void flush_logs(std::size_t loop) { logs_[loop].flush(); }

 private:
    telemetry::Sampler sampler_ = telemetry::Sampler::parent_based(telemetry::Sampler::always_on());
    std::deque<telemetry::OtlpSpanRecorder> spans_;
    std::deque<telemetry::OtlpLogRecorder> logs_;
};

/// Exports the telemetry of all services of this process, as far as the settings say. Call in this
/// order: construct it, `open` each service's recorders, `start` once the loops run, `stop` while
/// they still run. It must outlive all users of its recorders.
class TelemetryExport {
 public:
    /// For at most `services` services. `log` must not be recorded by one of their recorders.
    /// `tap`, if there is one, gets all that is recorded, unless telemetry is off.
    TelemetryExport(const otlp::Settings& settings, LoopGroup& loops, std::size_t services, const Clock& clock,
                    const telemetry::Logger& log, otlp::Tap* tap = nullptr);
    TelemetryExport(const TelemetryExport&) = delete;
    TelemetryExport& operator=(const TelemetryExport&) = delete;

    /// For the service that `resource` describes, of a program with that name and version, which
    /// are the instrumentation scope. In the order of the sources of the meters.
    ServiceRecorders& open(const telemetry::Resource& resource, std::string_view program, std::string_view version);
    /// Exports from now on, also what `meters` measure, and records in `own` how that goes.
    void start(const otlp::Meters& meters, telemetry::Meter& own);
    /// Gives the tap all signals now, for example because the process has become ready.
    void flush_tap() { exporter_.flush_tap(); }
    /// Sends what there is, for at most so long. Blocks: not on a loop.
    void stop(std::chrono::milliseconds at_most) { exporter_.shutdown(at_most); }

    /// Whether anything goes to a receiver or to the tap.
    bool active() const;
    const otlp::Settings& settings() const { return settings_; }
    otlp::ExporterStats stats(telemetry::Signal signal) const { return exporter_.stats(signal); }

 private:
    const otlp::Settings& settings_;
    LoopGroup& loops_;
    ServiceRecorders::Batches batches_;
    otlp::Exporter exporter_;
    std::deque<ServiceRecorders> recorders_;
};

/// How many records each of `recorders` hands on at a time: few enough that all together hold no
/// more than one batch, or the queue would be too short for what a flush brings in; yet enough that
/// handing on is rare.
std::size_t handed_on_at_once(const otlp::BatchSettings& batch, std::size_t recorders);

}  // namespace tw::runtime
