#include "kit/otlp/pipeline/signal_pipeline.hpp"

#include "kit/async/sleep.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::otlp {
namespace {

/// How many bytes of a request's buffer are kept. One large request must not occupy its memory for
/// good.
constexpr std::size_t kRequestBytesKept = 1024 * 1024;

/// Remembers the scope that must be cancelled when time runs out, while there is one.
class ScopeInUse {
 public:
    ScopeInUse(CancelScope*& place, CancelScope& scope) : place_{place} { place_ = &scope; }
    ~ScopeInUse() { place_ = nullptr; }
    ScopeInUse(const ScopeInUse&) = delete;
    ScopeInUse& operator=(const ScopeInUse&) = delete;

 private:
    CancelScope*& place_;
};

}  // namespace

std::string_view signal_name(telemetry::Signal signal) {
    constexpr std::array<std::string_view, 3> kNames{"traces", "metrics", "logs"};
    return kNames[static_cast<std::size_t>(signal)];
}

SignalPipeline::SignalPipeline(EventLoop& loop, telemetry::Signal signal, const PipelineOptions& options, const Clock& clock,
                               const telemetry::Logger& log, Encode encode, Gather gather)
    : loop_{loop},
      signal_{signal},
      options_{options},
      clock_{clock},
      encode_{std::move(encode)},
      gather_{std::move(gather)},
      queue_{options.queue},
      report_{signal_name(signal), log, options.receiver_optional},
      wake_{loop} {}

void SignalPipeline::connect(std::unique_ptr<Transport> transport) {
    transport_ = std::move(transport);
    enabled_ = transport_ != nullptr;
}

void SignalPipeline::submit(std::size_t source, telemetry::OtlpBatch& batch) {
    if (!enabled_.load(std::memory_order_relaxed)) {
        batch.bytes.clear();
        batch.records = 0;
        return;
    }
    if (queue_.push(source, batch) == ExportQueue::Outcome::due) loop_.post([this] { wake_.tell(); });
}

void SignalPipeline::flush(std::move_only_function<void()> done) {
    if (!enabled_) return done();
    flushes_.push_back(std::move(done));
    wake_.tell();
}

void SignalPipeline::finish() {
    finishing_ = true;
    wake_.tell();
}

void SignalPipeline::cut() {
    cut_ = true;
    finish();
    if (scope_ != nullptr) scope_->cancel(deadline_exceeded());
}

Task<void> SignalPipeline::run() {
    auto next = loop_.now() + options_.schedule_delay;
    for (bool last = false; !last;) {
        // A batch that became full while the last request was under way has set `wake_` already, or
        // waits in the queue.
        if (queue_.records() < options_.queue.due_records) co_await wake_.wait(next);
        last = finishing_;
        auto flushes = std::exchange(flushes_, {});
        const bool whole = last || !flushes.empty() || loop_.now() >= next;
        if (whole) next = loop_.now() + options_.schedule_delay;
        co_await round(whole);
        if (whole) transport_->end_round(last);
        for (auto& done : flushes) done();
    }
    queue_.close();
    report_.on_progress(stats(), loop_.now());
    for (auto& done : std::exchange(flushes_, {})) done();
}

Task<void> SignalPipeline::round(bool whole) {
    if (whole) co_await gather_all();
    // Records that come meanwhile belong to the next round; under load a flush would otherwise
    // never end.
    auto left = queue_.records();
    const auto enough = whole ? std::size_t{1} : options_.queue.due_records;
    while (left >= enough && !cut_) {
        const auto sent = co_await send_some();
        // A round can take minutes while the receiver is away.
        report_.on_progress(stats(), loop_.now());
        if (sent == 0) break;
        left -= std::min(left, sent);
    }
    report_.on_progress(stats(), loop_.now());
}

Task<void> SignalPipeline::gather_all() {
    if (cut_) co_return;
    RootCall call{loop_, Deadline::after(loop_.now(), options_.gather_time_max)};
    const ScopeInUse in_use{scope_, call.scope()};
    co_await gather_(call.context());
}

Task<std::size_t> SignalPipeline::send_some() {
    auto batches = queue_.take(options_.batch_records_max);
    std::size_t records = 0;
    for (const auto& batch : batches) records += batch.batch.records;
    if (records == 0) co_return 0;
    request_.clear();
    encode_(batches, request_);
    for (auto& batch : batches) queue_.recycle(std::move(batch.batch.bytes));

    counts_.inflight = records;
    const auto outcome = co_await deliver(request_);
    counts_.inflight = 0;
    if (request_.capacity() > kRequestBytesKept) request_ = {};
    account(outcome, records);
    co_return records;
}

Task<SendOutcome> SignalPipeline::deliver(const std::string& request) {
    const auto deadline = Deadline::after(loop_.now(), options_.timeout);
    RootCall call{loop_, deadline};
    const ScopeInUse in_use{scope_, call.scope()};
    RetrySchedule schedule{options_.retry, deadline};
    while (true) {
        counts_.requests.fetch_add(1, std::memory_order_relaxed);
        auto outcome = co_await transport_->send(call.context(), signal_, request);
        if (outcome.kind != SendOutcome::Kind::again) co_return outcome;
        counts_.note_error(outcome.message, clock_.now());
        const auto delay = schedule.next(loop_.now(), outcome.retry_after, random_.uniform());
        outcome.kind = SendOutcome::Kind::refused;
        if (!delay) co_return outcome;
        const auto waited = co_await sleep_for(call.context(), *delay);
        if (!waited) co_return outcome;
    }
}

void SignalPipeline::account(const SendOutcome& outcome, std::size_t records) {
    if (outcome.kind != SendOutcome::Kind::accepted) {
        counts_.note_error(outcome.message, clock_.now());
        queue_.count_dropped(cut_ ? DropReason::shutdown : DropReason::export_failed, records);
        return;
    }
    // The receiver cannot have refused more records than it got, whatever it says.
    const auto rejected = std::min<std::uint64_t>(outcome.rejected, records);
    counts_.exported.fetch_add(records - rejected, std::memory_order_relaxed);
    counts_.last_export_micros.store(clock_.now().unix_micros(), std::memory_order_relaxed);
    if (rejected > 0) {
        queue_.count_dropped(DropReason::rejected, rejected);
        counts_.note_error(outcome.message, clock_.now());
    }
    if (rejected > 0 || !outcome.message.empty()) report_.on_warning(outcome.message, rejected, loop_.now());
}

ExporterStats SignalPipeline::stats() const {
    ExporterStats stats{.enabled = enabled_.load(std::memory_order_relaxed)};
    counts_.read(stats);
    stats.queued = queue_.records();
    stats.queued_bytes = queue_.bytes();
    for (std::size_t i = 0; i < kDropReasons; ++i) stats.dropped[i] = queue_.dropped(static_cast<DropReason>(i));
    return stats;
}

}  // namespace tw::otlp
