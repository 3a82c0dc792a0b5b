#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/otlp/pipeline/export_queue.hpp"
#include "kit/otlp/pipeline/export_report.hpp"
#include "kit/otlp/pipeline/exporter_stats.hpp"
#include "kit/otlp/pipeline/retry.hpp"
#include "kit/otlp/pipeline/wake.hpp"
#include "kit/otlp/transport/transport.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tw::otlp {

/// How one signal's telemetry is gathered and sent.
struct PipelineOptions {
    ExportQueue::Limits queue;
    /// How many records a request may have.
    std::size_t batch_records_max = 512;
    /// How often all records are gathered and sent, however few there are.
    std::chrono::milliseconds schedule_delay{5'000};
    /// The time for gathering.
    std::chrono::milliseconds gather_time_max{1'000};
    /// The time for one export with all its attempts.
    std::chrono::milliseconds timeout{10'000};
    RetryOptions retry;
    /// Whether nothing is logged about a receiver that has never answered.
    bool receiver_optional = false;
};

/// Sends one signal's records from the queue to the transport: one request at a time, with retries
/// as the specification says. All lost records are counted. It runs on the exporter's loop.
/// Thread-safe: submit, stats.
class SignalPipeline {
 public:
    /// Encodes batches as one request. `request` is empty at first and has the memory of an earlier
    /// one.
    using Encode = std::move_only_function<void(const std::vector<QueuedBatch>& batches, std::string& request)>;
    /// Makes all recorders put their records into the queue. It ends when the call is over.
    using Gather = std::move_only_function<Task<void>(const CallContext& ctx)>;

    SignalPipeline(EventLoop& loop, telemetry::Signal signal, const PipelineOptions& options, const Clock& clock,
                   const telemetry::Logger& log, Encode encode, Gather gather);

    /// Sets the transport; call it before `run`. Without a transport submitted records are dropped
    /// without being counted, since the signal is not exported.
    void connect(std::unique_ptr<Transport> transport);
    /// Closes the transport's connections, which takes some turns of the loop. Call it after `run`
    /// has ended.
    void disconnect() { transport_.reset(); }

    /// Takes the records, or drops and counts them. `batch` is empty afterwards.
    void submit(std::size_t source, telemetry::OtlpBatch& batch);

    /// Exports until `finish` or `cut` was called.
    Task<void> run();
    /// Gathers and sends all records, then calls `done` on the loop.
    void flush(std::move_only_function<void()> done);
    /// Gathers and sends all records, and then ends `run`.
    void finish();
    /// Cancels the request under way, drops all other records and ends `run`.
    void cut();

    ExporterStats stats() const;

 private:
    Task<void> round(bool whole);
    Task<void> gather_all();
    Task<std::size_t> send_some();
    Task<SendOutcome> deliver(const std::string& request);
    void account(const SendOutcome& outcome, std::size_t records);

    EventLoop& loop_;
    telemetry::Signal signal_;
    PipelineOptions options_;
    const Clock& clock_;
    Encode encode_;
    Gather gather_;
    std::unique_ptr<Transport> transport_;
    std::atomic<bool> enabled_{false};

    ExportQueue queue_;
    ExportCounts counts_;
    ExportReport report_;
    Random random_;
    Wake wake_;
    /// The request's buffer, which is kept between requests: fresh memory for each costs more than
    /// filling it.
    std::string request_;
    /// The scope of the request or the gathering that is under way.
    CancelScope* scope_ = nullptr;
    std::vector<std::move_only_function<void()>> flushes_;
    bool finishing_ = false;
    bool cut_ = false;
};

/// Returns "traces", "metrics" or "logs".
std::string_view signal_name(telemetry::Signal signal);

}  // namespace tw::otlp
