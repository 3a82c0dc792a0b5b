#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/gate.hpp"
#include "kit/otlp/ask_loops.hpp"
#include "kit/otlp/make_transport.hpp"
#include "kit/otlp/meters.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/otlp/signal_pipeline.hpp"
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

/// Takes the telemetry of the whole process out of it, on a thread and a loop of its own: requests never wait for it, and
/// when the receiver is away memory stays bounded and what is lost is counted.
///
/// In order: construct; register sources, flushes and meters; start; shut down. Registration is on one thread and ends with
/// start(). Afterwards thread-safe: sinks, flush, stats. What is registered lasts until shutdown() has returned and its loops
/// have stopped; the exporter outlives whoever uses its sinks.
class Exporter {
 public:
    /// `clock` and `log` outlive the exporter; `log` must not itself end in the exporter. Says there what cannot be exported
    /// as it should be, and goes on without.
    Exporter(const ExporterOptions& options, const TransportFactory& transports, const Clock& clock,
             const telemetry::Logger& log);
    /// Shuts down at once where nobody has.
    ~Exporter();
    Exporter(const Exporter&) = delete;
    Exporter& operator=(const Exporter&) = delete;

    /// Whether the signal goes anywhere: recorders for others need not exist.
    bool exports(telemetry::Signal signal) const { return stats(signal).enabled; }

    /// Somebody whose telemetry has a resource of its own, such as one module of this process. What it returns names it below.
    std::size_t add_source(telemetry::Resource resource, std::string scope_name, std::string scope_version);

    /// For a recorder's `on_full`: takes the batch from any thread, without waiting.
    telemetry::OtlpSpanRecorder::OnFull sink(telemetry::Signal signal, std::size_t source);

    /// `flush` has recorders hand over what they hold, on `loop` (null: on the exporter's thread, for recorders that are
    /// thread-safe). Called every schedule delay, and by flush and shutdown.
    void flush_with(telemetry::Signal signal, EventLoop* loop, std::move_only_function<void()> flush);

    /// Collects `meter` on `loop` every interval. A source may have one on each loop; they are added up.
    void add_meter(std::size_t source, EventLoop& loop, telemetry::Meter& meter) { meters_.add(source, loop, meter); }
    /// Reads these meters in place of those that were added here, for who has them in one place for scrapes too. Their sources
    /// are this exporter's; they last as long as what is registered.
    void collect_from(const Meters& meters) { collected_ = &meters; }
    /// For others who want to read the same metrics, such as a scrape.
    const Meters& meters() const { return *collected_; }
    const telemetry::Resource& resource(std::size_t source) const { return sources_[source].resource; }

    void start();

    /// Gathers and sends what there is; false when that took longer. Blocks: not on a loop.
    bool flush(std::chrono::milliseconds at_most);
    /// Gathers and sends what there is, all signals at the same time, for at most so long; what is left then and whatever comes
    /// later is counted as dropped. Blocks: not on a loop. The loops must still run, or they have nothing to give. Idempotent.
    void shutdown(std::chrono::milliseconds at_most);

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
    void encode(const std::vector<QueuedBatch>& batches, std::string& request) const;
    Task<void> gather(telemetry::Signal signal, const CallContext& ctx);
    Task<void> gather_metrics(const CallContext& ctx);
    Task<void> end(Deadline deadline);

    const Clock& clock_;
    telemetry::Temporality temporality_;
    Timestamp started_;
    /// Shared with tasks that other loops may still have to run when the exporter is destroyed.
    std::shared_ptr<EventLoop> loop_;
    std::vector<Source> sources_;
    std::array<std::vector<LoopTask>, kSignals> flushes_;
    Meters meters_;
    const Meters* collected_ = &meters_;
    std::map<std::size_t, telemetry::OtlpMetricsEncoder> encoders_;
    std::array<std::unique_ptr<SignalPipeline>, kSignals> pipelines_;
    /// The running pipelines, and the one task that ends them.
    Gate running_;
    Gate ending_;
    std::thread thread_;
};

}  // namespace tw::otlp
