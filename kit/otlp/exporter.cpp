#include "kit/otlp/exporter.hpp"

#include "kit/async/thread_priority.hpp"
#include "kit/otlp/transport/tap_transport.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>
#include <pthread.h>
#include <span>
#include <utility>

namespace tw::otlp {
namespace {

using telemetry::Signal;

constexpr std::array kAllSignals{Signal::traces, Signal::metrics, Signal::logs};

/// The approximate size of a resource and its scope.
constexpr std::size_t kResourceBytes = 1024;

/// How many turns of the loop it takes until closed connections and their coroutines are gone.
constexpr int kTurnsToClose = 16;

PipelineOptions batching(const BatchSettings& batch, const SignalExport& out) {
    PipelineOptions options;
    options.queue.records_max = batch.queue_records_max;
    options.queue.due_records = batch.batch_records_max;
    options.batch_records_max = batch.batch_records_max;
    options.schedule_delay = batch.schedule_delay;
    options.timeout = std::min(out.timeout, batch.export_timeout);
    return options;
}

PipelineOptions periodic(const Settings& settings) {
    constexpr auto kUnlimited = std::numeric_limits<std::size_t>::max();
    PipelineOptions options;
    // Metrics are sent when they are collected, all at once. Only the bytes are bounded.
    options.queue.records_max = kUnlimited;
    options.queue.due_records = kUnlimited;
    options.batch_records_max = kUnlimited;
    options.schedule_delay = settings.metric_interval;
    options.gather_time_max = settings.metric_timeout;
    options.timeout = std::min(settings.metrics.timeout, settings.metric_timeout);
    return options;
}

/// How records reach the tap: soon, and many at once when there are many. Each time wakes up two
/// threads, and the spans of a trace that come together are stored in one piece.
PipelineOptions tap_options(Signal signal) {
    constexpr std::chrono::milliseconds kSoon{200};
    // The console reads in them only which services run.
    constexpr std::chrono::seconds kMetricInterval{60};
    PipelineOptions options;
    options.queue.records_max = 16'384;
    options.queue.due_records = 8'192;
    options.batch_records_max = 8'192;
    options.schedule_delay = kSoon;
    if (signal == Signal::metrics) {
        // Metrics are passed on when they are collected, all at once. Only the bytes are bounded.
        constexpr auto kUnlimited = std::numeric_limits<std::size_t>::max();
        options.queue.records_max = options.queue.due_records = options.batch_records_max = kUnlimited;
        options.schedule_delay = kMetricInterval;
    }
    return options;
}

}  // namespace

ExporterOptions ExporterOptions::of(const Settings& settings) {
    ExporterOptions options{.traces = batching(settings.spans, settings.traces),
                            .metrics = periodic(settings),
                            .logs = batching(settings.log_records, settings.logs),
                            .temporality = settings.temporality};
    for (auto* one : {&options.traces, &options.metrics, &options.logs}) one->receiver_optional = settings.receiver_optional;
    return options;
}

Exporter::Exporter(const ExporterOptions& options, const TransportFactory& transports, const Clock& clock,
                   const telemetry::Logger& log, Tap* tap)
    : clock_{clock}, temporality_{options.temporality}, started_{clock.now()}, loop_{std::make_shared<EventLoop>()}, tap_{tap} {
    const std::array<const PipelineOptions*, kSignals> each{&options.traces, &options.metrics, &options.logs};
    for (const auto signal : kAllSignals) {
        const auto index = static_cast<std::size_t>(signal);
        pipelines_[index] = make_pipeline(signal, *each[index], log, false);
        auto transport = transports(*loop_, signal);
        if (transport) {
            pipelines_[index]->connect(std::move(*transport));
        } else {
            log.log(telemetry::Severity::warn, "telemetry.exporter_unusable",
                    {{"tw.telemetry.signal", signal_name(signal)}, {"exception.message", transport.error().detail()}},
                    "this signal is not exported");
        }
    }
    if (tap_ != nullptr) connect_tap(log);
}

std::unique_ptr<SignalPipeline> Exporter::make_pipeline(Signal signal, const PipelineOptions& options,
                                                        const telemetry::Logger& log, bool for_tap) {
    return std::make_unique<SignalPipeline>(
        *loop_, signal, options, clock_, log,
        [this](const std::vector<QueuedBatch>& batches, std::string& request) { encode(batches, request); },
        [this, signal, for_tap](const CallContext& ctx) { return gather(signal, for_tap, ctx); });
}

void Exporter::connect_tap(const telemetry::Logger& log) {
    for (const auto signal : kAllSignals) {
        auto& pipeline = tap_pipelines_[static_cast<std::size_t>(signal)];
        pipeline = make_pipeline(signal, tap_options(signal), log, true);
        pipeline->connect(
            std::make_unique<TapTransport>(*tap_, [&pipeline = *pipeline] { return pipeline.stats().dropped_in_all(); }));
    }
}

std::vector<SignalPipeline*> Exporter::all_pipelines() const {
    std::vector<SignalPipeline*> all;
    for (const auto& each : pipelines_) all.push_back(each.get());
    for (const auto& each : tap_pipelines_) {
        if (each) all.push_back(each.get());
    }
    return all;
}

Exporter::~Exporter() { shutdown(std::chrono::milliseconds{0}); }

std::size_t Exporter::add_source(telemetry::Resource resource, std::string scope_name, std::string scope_version) {
    sources_.push_back({std::move(resource), std::move(scope_name), std::move(scope_version)});
    return sources_.size() - 1;
}

telemetry::OtlpSpanRecorder::OnFull Exporter::sink(Signal signal, std::size_t source) {
    auto& main = pipeline(signal);
    auto* const tap = tap_pipelines_[static_cast<std::size_t>(signal)].get();
    if (tap == nullptr) return [&main, source](telemetry::OtlpBatch& batch) { main.submit(source, batch); };
    return [&main, tap, source, both = main.stats().enabled](telemetry::OtlpBatch& batch) {
        if (both) {
            auto copy = batch;
            main.submit(source, copy);
        }
        tap->submit(source, batch);
    };
}

void Exporter::flush_with(Signal signal, EventLoop* loop, std::move_only_function<void()> flush) {
    auto work = std::make_shared<std::move_only_function<void()>>(std::move(flush));
    flushes_[static_cast<std::size_t>(signal)].push_back({loop, std::move(work)});
}

void Exporter::encode(const std::vector<QueuedBatch>& batches, std::string& request) const {
    std::map<std::size_t, std::vector<std::string_view>> by_source;
    std::size_t size = 0;
    for (const auto& [source, batch] : batches) {
        by_source[source].push_back(batch.bytes);
        size += batch.bytes.size();
    }
    request.reserve(size + by_source.size() * kResourceBytes);
    for (const auto& [source, records] : by_source) {
        const auto& from = sources_[source];
        telemetry::append_export_request(request, from.resource, from.scope_name, from.scope_version, records);
    }
}

Task<void> Exporter::gather(Signal signal, bool for_tap, const CallContext& ctx) {
    auto tasks = flushes_[static_cast<std::size_t>(signal)];
    static_cast<void>(co_await ask_loops(ctx, loop_, std::move(tasks)));
    if (signal == Signal::metrics) co_await gather_metrics(for_tap, ctx);
}

Task<void> Exporter::gather_metrics(bool for_tap, const CallContext& ctx) {
    const auto collected = co_await collected_->collect(ctx, loop_);
    const auto now = clock_.now();
    auto& encoders = for_tap ? tap_encoders_ : encoders_;
    const auto temporality = for_tap ? telemetry::Temporality::cumulative : temporality_;
    auto& to = for_tap ? *tap_pipelines_[static_cast<std::size_t>(Signal::metrics)] : pipeline(Signal::metrics);
    for (const auto& [source, points] : collected) {
        auto& encoder = encoders.try_emplace(source, temporality, started_).first->second;
        auto encoded = encoder.encode(points, now);
        telemetry::OtlpBatch batch{std::move(encoded.bytes), encoded.points};
        to.submit(source, batch);
    }
}

void Exporter::start() {
    for (auto* const each : all_pipelines()) {
        if (!each->stats().enabled) continue;
        loop_->post([this, each] { spawn(running_, each->run()); });
    }
    // A tap is for those who look on while they develop. It must not slow requests down.
    thread_ = std::thread{[loop = loop_, has_tap = tap_ != nullptr] {
        if (has_tap) lower_thread_priority();
        loop->run();
    }};
    pthread_setname_np(thread_.native_handle(), "tw-exporter");
}

bool Exporter::flush(std::chrono::milliseconds at_most) {
    if (!thread_.joinable()) return false;
    // The state is shared, because the caller may have left when the last flush is done.
    struct Round {
        std::atomic<std::size_t> left;
        std::promise<void> done;
    };
    const auto pipelines = all_pipelines();
    const auto round = std::make_shared<Round>();
    round->left = pipelines.size();
    auto done = round->done.get_future();
    loop_->post([pipelines, round] {
        for (auto* const each : pipelines) {
            each->flush([round] {
                if (round->left.fetch_sub(1) == 1) round->done.set_value();
            });
        }
    });
    return done.wait_for(at_most) == std::future_status::ready;
}

void Exporter::flush_tap() {
    if (tap_ == nullptr || !thread_.joinable()) return;
    loop_->post([this] {
        for (const auto& each : tap_pipelines_) each->flush([] {});
    });
}

Task<void> Exporter::end(Deadline deadline) {
    RootCall call{*loop_, deadline};
    const CancelScope::Hook hook{call.scope(), [this](const Error&) {
                                     for (auto* const each : all_pipelines()) each->cut();
                                 }};
    for (auto* const each : all_pipelines()) each->finish();
    co_await close_and_wait(running_);
    for (auto* const each : all_pipelines()) each->disconnect();
    for (int turn = 0; turn < kTurnsToClose; ++turn) co_await hop_to(*loop_);
    loop_->stop();
}

void Exporter::shutdown(std::chrono::milliseconds at_most) {
    if (!thread_.joinable()) return;
    const auto deadline = Deadline::after(loop_->now(), at_most);
    loop_->post([this, deadline] { spawn(ending_, end(deadline)); });
    thread_.join();
}

}  // namespace tw::otlp
