#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/otlp/ask_loops.hpp"
#include "kit/otlp/make_transport.hpp"
#include "kit/otlp/meters.hpp"
#include "kit/otlp/pipeline/signal_pipeline.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/tap.hpp"
#include "kit/telemetry/otlp_metrics.hpp"
#include "kit/telemetry/resource.hpp"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tw::otlp {

struct ExporterOptions {
    PipelineOptions traces;
    PipelineOptions metrics;
    PipelineOptions logs;
    telemetry::Temporality temporality = telemetry::Temporality::cumulative;

    static ExporterOptions of(const Settings& settings);
};

/// Exports the telemetry of the whole process, on its own thread and loop. Requests never wait for
/// it. When the receiver is away, memory stays bounded and lost records are counted.
///
/// The order of use is: construct; register sources, flushes and meters; start; shut down.
/// Registration happens on one thread and ends with start(). Afterwards sinks, flush and stats are
/// thread-safe. Registered objects must live until shutdown() has returned and their loops have
/// stopped. The exporter must outlive the users of its sinks.
class Exporter {
 public:
    /// `clock` and `log` must outlive the exporter, and `log` must not go to the exporter. A signal
    /// that cannot be exported as configured is reported there, and the exporter continues without
    /// it. `tap`, if there is one, gets all signals, too, and outlives the exporter. It has queues
    /// of its own: spans and log records reach it within 200 ms, metrics every 5 s.
    Exporter(const ExporterOptions& options, const TransportFactory& transports, const Clock& clock, const telemetry::Logger& log,
             Tap* tap = nullptr);
    /// Shuts down at once, unless shutdown() was called.
    ~Exporter();
    Exporter(const Exporter&) = delete;
    Exporter& operator=(const Exporter&) = delete;

    /// Whether the signal goes to a receiver or to the tap. If not, it needs no recorders.
    bool exports(telemetry::Signal signal) const { return tap_ != nullptr || stats(signal).enabled; }

    /// Adds a source: a part of this process whose telemetry has its own resource, such as a
    /// module. Returns the source's number for the functions below.
    std::size_t add_source(telemetry::Resource resource, std::string scope_name, std::string scope_version);

    /// Returns the function for a recorder's `on_full`. It takes the batch from any thread, without
    /// waiting.
    telemetry::OtlpSpanRecorder::OnFull sink(telemetry::Signal signal, std::size_t source);

    /// Registers a function that makes recorders pass on the records they hold. It is called on
    /// `loop` (null: on the exporter's thread, for thread-safe recorders), every schedule delay,
    /// and by flush and shutdown.
    void flush_with(telemetry::Signal signal, EventLoop* loop, std::move_only_function<void()> flush);

    /// Collects `meter` on `loop` every interval. A source may have a meter on each loop; they are
    /// added up.
    void add_meter(std::size_t source, EventLoop& loop, telemetry::Meter& meter) { meters_.add(source, loop, meter); }
    /// Reads these meters in place of those that were added here, so that scrapes and the exporter
    /// share them. Their sources are this exporter's. They must live as long as registered objects.
    void collect_from(const Meters& meters) { collected_ = &meters; }
    /// The meters, for others who read the same metrics, such as a scrape.
    const Meters& meters() const { return *collected_; }
    const telemetry::Resource& resource(std::size_t source) const { return sources_[source].resource; }

    void start();

    /// Gathers and sends all records. Returns false if that took longer than `at_most`. It blocks,
    /// so do not call it on a loop.
    bool flush(std::chrono::milliseconds at_most);
    /// Gathers all records of all signals and passes them on to the tap soon, without waiting. Does
    /// nothing without a tap.
    void flush_tap();
    /// Gathers and sends all records of all signals at the same time, for at most `at_most`.
    /// Records that are left then, or come later, are counted as dropped. It blocks, so do not call
    /// it on a loop. The loops must still run, since their recorders are flushed on them. A second
    /// call does nothing.
    void shutdown(std::chrono::milliseconds at_most);

    /// The state of the export to the receiver. The tap has no part in it.
    ExporterStats stats(telemetry::Signal signal) const { return pipeline(signal).stats(); }

 private:
    struct Source {
        telemetry::Resource resource;
        std::string scope_name;
        std::string scope_version;
    };
    static constexpr std::size_t kSignals = 3;

    SignalPipeline& pipeline(telemetry::Signal signal) { return *pipelines_[static_cast<std::size_t>(signal)]; }
    const SignalPipeline& pipeline(telemetry::Signal signal) const { return *pipelines_[static_cast<std::size_t>(signal)]; }
    /// The sources' encoders, which remember the points that they wrote last.
    using MetricsEncoders = std::map<std::size_t, telemetry::OtlpMetricsEncoder>;

    std::unique_ptr<SignalPipeline> make_pipeline(telemetry::Signal signal, const PipelineOptions& options,
                                                  const telemetry::Logger& log, bool for_tap);
    void connect_tap(const telemetry::Logger& log);
    /// The pipelines of the receiver, and those of the tap.
    std::vector<SignalPipeline*> all_pipelines() const;
    void encode(const std::vector<QueuedBatch>& batches, std::string& request) const;
    Task<void> gather(telemetry::Signal signal, bool for_tap, const CallContext& ctx);
    Task<void> gather_metrics(bool for_tap, const CallContext& ctx);
    Task<void> end(Deadline deadline);

    const Clock& clock_;
    telemetry::Temporality temporality_;
    Timestamp started_;
    /// The loop is shared with tasks that other loops may still have to run when the exporter is
    /// destroyed.
    std::shared_ptr<EventLoop> loop_;
    std::vector<Source> sources_;
    std::array<std::vector<LoopTask>, kSignals> flushes_;
    Meters meters_;
    const Meters* collected_ = &meters_;
    MetricsEncoders encoders_;
    std::array<std::unique_ptr<SignalPipeline>, kSignals> pipelines_;
    Tap* tap_;
    MetricsEncoders tap_encoders_;
    /// Null without a tap.
    std::array<std::unique_ptr<SignalPipeline>, kSignals> tap_pipelines_;
    /// The gate of the running pipelines, and that of the one task that ends them.
    Gate running_;
    Gate ending_;
    std::thread thread_;
};

}  // namespace tw::otlp
