#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/telemetry/resource.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/console.pb.h"
#include "services/console/intake_stats.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tw::console {

struct ArchiveOptions {
    /// Where the files lie. The folder is made if it is not there; only its owner may read it.
    std::filesystem::path folder;
    /// The most bytes on the disk, beside the file that is written to. The oldest file is removed
    /// first.
    std::uint64_t bytes_max = 1024ULL * 1024 * 1024;
    /// How old what is kept may become.
    std::chrono::hours age_max{168};
    /// A file is closed at this size, and the next one is begun.
    std::uint64_t file_bytes_max = 64ULL * 1024 * 1024;
    /// The most bytes of requests that wait to be stored.
    std::size_t waiting_bytes_max = 32ULL * 1024 * 1024;
    /// The most spans and log records that are stored in a second, but for traces with errors and
    /// slow calls. Beyond it whole traces are left out. 0: all are stored.
    std::size_t records_per_second_max = 20'000;
    /// How long a search may take before it answers with what it has found.
    std::chrono::milliseconds search_time_max{200};
    /// Senders that no caller calls, by their service names. They are not on the map
    /// because of what they send.
    std::vector<std::string> senders_not_called;
};

/// How an export request ended.
struct Accepted {
    /// Spans, log records or data points that were refused, and why the first one was.
    std::uint64_t rejected = 0;
    std::string reason;
};

/// Told on the archive's thread what a commit has stored.
struct Arrived {
    std::vector<::console::TraceSummary> traces;
    std::vector<::console::LogRecord> logs;
};

/// Keeps telemetry as it came, and answers questions about it. All functions are thread-safe. It
/// has a thread of its own, which writes. Functions that ask block for as long as the disk takes
/// and for search_time_max at most, so they run on worker threads.
class Archive {
 public:
    using Done = std::function<void(Result<Accepted>)>;
    /// What is told about arrivals. It must return soon.
    using OnArrival = std::function<void(const Arrived&)>;

    virtual ~Archive() = default;

    /// Takes an export request of OTLP (protobuf) and returns at once. `done` is called on the
    /// archive's thread when what it has is stored and can be found, or with an error:
    /// INVALID_ARGUMENT (OTLP_UNREADABLE) for bytes that are no such request, UNAVAILABLE with a
    /// time to retry when the disk is full. When too much waits, `done` is called before `add`
    /// returns, with a time to retry: RESOURCE_EXHAUSTED (TELEMETRY_SHARE_FULL) when half of the
    /// space is taken by this sender, UNAVAILABLE (TELEMETRY_QUEUE_FULL) when all of it is taken. A
    /// sender is told apart by the service.name of its first resource. An empty `done`
    /// is never called. Records that are refused are counted as lost. Records that find no room, or
    /// no space on the disk, are counted as lost if `done` is empty: another sender hears of it and
    /// sends them again. Metrics are checked, but not stored.
    virtual void add(telemetry::Signal signal, std::string request, Done done) = 0;
    /// What has come and what became of it. It may be read after the archive has ended.
    virtual std::shared_ptr<const IntakeStats> stats() const = 0;
    /// Counts records of this process that never reached `add`.
    virtual void count_lost(std::string_view reason, std::uint64_t records) = 0;
    /// Sets the function that is told of arrivals; before the first add. A trace is told with the
    /// summary of all its spans, each time when some of them come.
    virtual void on_arrival(OnArrival arrived) = 0;
    /// Whether arrivals are told from now on, as they are at first. While nobody looks on, telling
    /// them would take a third of the time that storing them takes. Requests without `done` are
    /// then collected for almost a second, and a question is answered when they are stored.
    virtual void tell_arrivals(bool wanted) = 0;

    virtual Result<::console::Status> get_status(const ::console::GetStatusRequest& request) = 0;
    virtual Result<::console::Map> get_map(const ::console::GetMapRequest& request) = 0;
    virtual Result<::console::ListTracesResponse> list_traces(const ::console::ListTracesRequest& request) = 0;
    virtual Result<::console::ListFacetsResponse> list_facets(const ::console::ListFacetsRequest& request) = 0;
    virtual Result<::console::Trace> get_trace(const ::console::GetTraceRequest& request) = 0;
    virtual Result<::console::Span> get_span(const ::console::GetSpanRequest& request) = 0;
    virtual Result<::console::ListLogsResponse> list_logs(const ::console::ListLogsRequest& request) = 0;
    virtual Result<::console::ListLogPatternsResponse> list_log_patterns(const ::console::ListLogPatternsRequest& request) = 0;
    /// Pinned traces stay when the files that they came in are removed.
    virtual Result<::console::ListPinnedTracesResponse> list_pinned_traces(const ::console::ListPinnedTracesRequest& request) = 0;
    virtual Result<::console::PinnedTrace> pin_trace(const ::console::PinTraceRequest& request) = 0;
    virtual Result<::console::UnpinTraceResponse> unpin_trace(const ::console::UnpinTraceRequest& request) = 0;
    /// The trace as one ExportTraceServiceRequest of OTLP, with each span as it came.
    virtual Result<std::string> get_otlp(const std::string& trace_id) = 0;
};

/// Opens the folder and starts the thread. A file that cannot be read is set aside under another
/// name and reported to `log`. Fails when the folder cannot be written, or when another process has
/// it. `clock` and `log` must outlive the archive. Its destructor stores what waits.
Result<std::unique_ptr<Archive>> open_archive(ArchiveOptions options, const Clock& clock, const telemetry::Logger& log);

}  // namespace tw::console
