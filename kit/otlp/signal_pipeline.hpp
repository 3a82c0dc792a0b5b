#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/otlp/export_queue.hpp"
#include "kit/otlp/export_report.hpp"
#include "kit/otlp/exporter_stats.hpp"
#include "kit/otlp/retry.hpp"
#include "kit/otlp/transport.hpp"
#include "kit/otlp/wake.hpp"

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
    /// In one request.
    std::size_t batch_records_max = 512;
    /// How often what there is is gathered and sent, whether much or little.
    std::chrono::milliseconds schedule_delay{5'000};
    /// Of gathering.
    std::chrono::milliseconds gather_time_max{1'000};
    /// Of one export, with all its attempts.
    std::chrono::milliseconds timeout{10'000};
    RetryOptions retry;
    /// A receiver that has never answered is not complained about.
    bool receiver_optional = false;
};

/// One signal's way from the queue to the transport: one request at a time, tried again as the specification says, and
/// everything that is lost counted. Runs on the exporter's loop; thread-safe: submit, stats.
class SignalPipeline {
 public:
    /// Turns batches into the bytes of one request; `request` comes empty, with the memory of an earlier one.
    using Encode = std::move_only_function<void(const std::vector<QueuedBatch>& batches, std::string& request)>;
    /// Has everybody put what they hold into the queue; ends when the call is over.
    using Gather = std::move_only_function<Task<void>(const CallContext& ctx)>;

    SignalPipeline(EventLoop& loop, telemetry::Signal signal, const PipelineOptions& options, const Clock& clock,
                   const telemetry::Logger& log, Encode encode, Gather gather);

    /// Before `run`. Without a transport what is submitted vanishes, uncounted: nobody wanted it.
    void connect(std::unique_ptr<Transport> transport);
    /// After `run` has ended: closes the transport's connections, which takes some turns of the loop.
    void disconnect() { transport_.reset(); }

    /// Takes the records, or drops and counts them; `batch` is empty afterwards.
    void submit(std::size_t source, telemetry::OtlpBatch& batch);

    /// Exports until it is told to finish.
    Task<void> run();
    /// Gathers and sends all there is, then calls `done`, on the loop.
    void flush(std::move_only_function<void()> done);
    /// As flush, and then `run` ends.
    void finish();
    /// Breaks off what is under way, gives up the rest and has `run` end.
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
    /// Kept between requests: fresh memory for each costs more than filling it.
    std::string request_;
    /// Of the request or the gathering that is under way.
    CancelScope* scope_ = nullptr;
    std::vector<std::move_only_function<void()>> flushes_;
    bool finishing_ = false;
    bool cut_ = false;
};

/// "traces", "metrics", "logs".
std::string_view signal_name(telemetry::Signal signal);

}  // namespace tw::otlp
