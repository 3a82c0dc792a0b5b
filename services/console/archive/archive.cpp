#include "services/console/archive.hpp"

#include "kit/async/thread_priority.hpp"
#include "services/console/archive/facets.hpp"
#include "services/console/archive/file_list.hpp"
#include "services/console/archive/intake.hpp"
#include "services/console/archive/keeper.hpp"
#include "services/console/archive/log_pattern_search.hpp"
#include "services/console/archive/log_search.hpp"
#include "services/console/archive/losses.hpp"
#include "services/console/archive/otlp_reader.hpp"
#include "services/console/archive/pinned_traces.hpp"
#include "services/console/archive/trace_search.hpp"
#include "services/console/archive/whole_trace.hpp"

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

/// How many bytes of requests one transaction takes. While it runs, others wait.
constexpr std::size_t kTransactionBytes = 4UL * 1024 * 1024;
constexpr std::chrono::seconds kTidyInterval{60};
/// How long what this process records is collected while nobody watches.
constexpr std::chrono::milliseconds kCollectFor{800};
constexpr std::chrono::seconds kFullRetryAfter{1};
/// The sender of what this process records by itself.
constexpr std::size_t kThisProcess = 0;

class FileArchive final : public Archive {
 public:
    FileArchive(ArchiveOptions options, const Clock& clock, std::unique_ptr<FileList> files)
        : options_{std::move(options)},
          clock_{clock},
          started_us_{clock.now().unix_micros()},
          files_{std::move(files)},
          pinned_{options_.folder / "pinned"},
          intake_{options_.waiting_bytes_max},
          keeper_{options_, clock_, *files_, losses_, *stats_} {
        thread_ = std::thread{[this] { run(); }};
    }

    ~FileArchive() override {
        intake_.close();
        thread_.join();
    }

    void add(telemetry::Signal signal, std::string request, Done done) override {
        const auto sender = done ? std::hash<std::string_view>{}(first_service_of(request)) : kThisProcess;
        Waiting waiting{signal, std::move(request), std::move(done), sender};
        const auto pushed = intake_.push(waiting);
        if (pushed == Intake::Pushed::taken) return;
        const auto records = count_records(signal, waiting.request);
        const bool full = pushed == Intake::Pushed::full;
        stats_->refused(signal, full ? Refusal::queue_full : Refusal::share_full, records);
        // A sender that hears of it sends the records again, so they are not lost yet.
        if (!waiting.done) return losses_.lost("came faster than they could be stored", records, clock_.now());
        waiting.done(full ? queue_full() : share_full());
    }

    std::shared_ptr<const IntakeStats> stats() const override { return stats_; }
    void count_lost(std::string_view reason, std::uint64_t records) override { losses_.lost(reason, records, clock_.now()); }
    void on_arrival(OnArrival arrived) override { keeper_.on_arrival(std::move(arrived)); }
    void tell_arrivals(bool wanted) override {
        keeper_.tell_arrivals(wanted);
        intake_.collect_for(wanted ? std::chrono::milliseconds{0} : kCollectFor);
    }

    Result<::console::Status> get_status(const ::console::GetStatusRequest&) override {
        intake_.hurry();
        ::console::Status status;
        FileContents all;
        for (const auto& file : files_->newest_first()) {
            const auto contents = file->contents();
            if (contents.empty()) continue;
            all.include(contents.first_us, contents.last_us);
            all.traces += contents.traces;
            all.spans += contents.spans;
            all.logs += contents.logs;
        }
        status.set_kept_from_us(all.first_us);
        status.set_kept_to_us(all.last_us);
        status.set_traces(all.traces);
        status.set_spans(all.spans);
        status.set_log_records(all.logs);
        const auto pinned = pinned_.usage();
        status.set_pinned_traces(pinned.traces);
        status.set_pinned_bytes(pinned.bytes);
        status.set_bytes(files_->bytes());
        status.set_bytes_max(static_cast<std::int64_t>(options_.bytes_max));
        status.set_started_us(started_us_);
        losses_.fill(status);
        status.set_left_out(
            static_cast<std::int64_t>(stats_->left_out(telemetry::Signal::traces) + stats_->left_out(telemetry::Signal::logs)));
        status.set_share_stored(stats_->share_stored(clock_.steady_now()));
        return status;
    }

    Result<::console::Map> get_map(const ::console::GetMapRequest& request) override {
        intake_.hurry();
        return keeper_.map(request.from_us(), request.to_us());
    }
    Result<::console::ListTracesResponse> list_traces(const ::console::ListTracesRequest& request) override {
        intake_.hurry();
        return search_traces(files_->newest_first(), request, clock_, options_.search_time_max);
    }
    Result<::console::ListFacetsResponse> list_facets(const ::console::ListFacetsRequest& request) override {
        intake_.hurry();
        return count_facets(files_->newest_first(), request, clock_, options_.search_time_max);
    }
    Result<::console::ListLogsResponse> list_logs(const ::console::ListLogsRequest& request) override {
        intake_.hurry();
        auto found = search_logs(files_->newest_first(), request, clock_, options_.search_time_max);
        if (!found || found->records_size() > 0 || request.trace_id().empty()) return found;
        const auto pinned = pinned_.read(request.trace_id());
        return pinned ? search_pinned_logs(*pinned, request) : found;
    }
    Result<::console::ListLogPatternsResponse> list_log_patterns(const ::console::ListLogPatternsRequest& request) override {
        intake_.hurry();
        return count_log_patterns(files_->newest_first(), request, clock_, options_.search_time_max);
    }

    Result<::console::Trace> get_trace(const ::console::GetTraceRequest& request) override {
        const auto trace = read_trace(request.trace_id());
        if (!trace) return trace.error();
        return (*trace)->view();
    }
    Result<::console::Span> get_span(const ::console::GetSpanRequest& request) override {
        const auto trace = read_trace(request.trace_id());
        if (!trace) return trace.error();
        return (*trace)->span(request.span_id());
    }
    Result<std::string> get_otlp(const std::string& trace_id) override {
        const auto trace = read_trace(trace_id);
        if (!trace) return trace.error();
        return (*trace)->otlp();
    }

    Result<::console::ListPinnedTracesResponse> list_pinned_traces(const ::console::ListPinnedTracesRequest&) override {
        return pinned_.list();
    }
    Result<::console::PinnedTrace> pin_trace(const ::console::PinTraceRequest& request) override {
        const auto trace = read_trace(request.trace_id());
        if (!trace) return trace.error();
        return pinned_.pin(request.trace_id(), **trace);
    }
    Result<::console::UnpinTraceResponse> unpin_trace(const ::console::UnpinTraceRequest& request) override {
        if (auto removed = pinned_.unpin(request.trace_id()); !removed) return removed.error();
        return ::console::UnpinTraceResponse{};
    }

 private:
    Result<std::unique_ptr<WholeTrace>> read_trace(const std::string& trace_id) {
        intake_.hurry();
        return WholeTrace::read(files_->newest_first(), pinned_.read(trace_id), trace_id);
    }
    Error queue_full() const {
        return Error{Code::unavailable, "TELEMETRY_QUEUE_FULL",
                     fmt::format("{} bytes of telemetry wait to be stored already", options_.waiting_bytes_max)}
            .with_retry_after(kFullRetryAfter);
    }
    Error share_full() const {
        return Error{Code::resource_exhausted, "TELEMETRY_SHARE_FULL",
                     fmt::format("{} bytes of this sender's telemetry wait to be stored already", options_.waiting_bytes_max / 2)}
            .with_retry_after(kFullRetryAfter);
    }

    void run() {
        lower_thread_priority();
        keeper_.count_stored();
        while (!intake_.finished()) {
            auto taken = intake_.take(kTransactionBytes, kTidyInterval);
            if (taken.empty()) {
                keeper_.tidy();
                continue;
            }
            Intake::Stored stored;
            for (const auto& each : taken) stored.emplace_back(each.sender, each.request.size());
            keeper_.store(std::move(taken));
            intake_.stored(stored);
            stats_->keeps(intake_.bytes(), files_->bytes());
        }
    }

    const ArchiveOptions options_;
    const Clock& clock_;
    const std::int64_t started_us_;
    Losses losses_;
    const std::shared_ptr<IntakeStats> stats_ = std::make_shared<IntakeStats>();
    std::unique_ptr<FileList> files_;
    PinnedTraces pinned_;
    Intake intake_;
    Keeper keeper_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Archive>> open_archive(ArchiveOptions options, const Clock& clock, const telemetry::Logger& log) {
    auto files = FileList::open(options, log);
    if (!files) return std::move(files).error();
    return std::unique_ptr<Archive>{std::make_unique<FileArchive>(std::move(options), clock, std::move(*files))};
}

}  // namespace tw::console
