#include "services/console/archive/pinned_traces.hpp"

#include "services/console/archive/log_search.hpp"
#include "services/console/archive/otlp_reader.hpp"
#include "services/console/archive/position.hpp"
#include "services/console/reasons.hpp"
#include "services/console/views.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::console {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSpansEnding = ".traces.pb";
constexpr int kLogsPageMax = 500;

Error not_stored(const fs::path& path, std::string_view why) {
    return Error{Code::unavailable, std::string{reason::kTraceNotPinned}, fmt::format("{}: {}", path.string(), why)};
}

Error full(std::int64_t bytes) {
    return Error{
        Code::resource_exhausted, std::string{reason::kPinnedTracesFull},
        fmt::format("the trace has {} bytes, and all pinned traces together may have {}", bytes, PinnedTraces::kBytesMax)}
        .with_retryable(false);
}

std::optional<std::string> read_file(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>{file}, {}};
}

/// Replaces the file at once, so that no half of it is ever seen.
Result<void> write_file(const fs::path& path, const std::string& bytes) {
    const fs::path draft = path.string() + ".part";
    std::ofstream file{draft, std::ios::binary | std::ios::trunc};
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    std::error_code failure;
    if (file) fs::rename(draft, path, failure);
    if (file && !failure) return {};
    std::error_code none;
    fs::remove(draft, none);
    return not_stored(path, failure ? failure.message() : "the file cannot be written");
}

std::int64_t changed_us(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return 0;
    return std::int64_t{status.st_mtim.tv_sec} * 1'000'000 + status.st_mtim.tv_nsec / 1'000;
}

std::int64_t bytes_of(const fs::path& path) {
    std::error_code failure;
    const auto size = fs::file_size(path, failure);
    return failure ? 0 : static_cast<std::int64_t>(size);
}

bool is_trace_id(std::string_view text) {
    return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Nothing if the bytes are no request for spans.
std::optional<::console::TraceSummary> summary_of(std::string_view spans) {
    Batch batch;
    if (!read_request(telemetry::Signal::traces, spans, batch) || batch.spans.empty()) return std::nullopt;
    ::console::TraceSummary summary;
    summarize(batch.spans, summary);
    return summary;
}

}  // namespace

PinnedTraces::PinnedTraces(fs::path folder) : folder_{std::move(folder)} { find_files(); }

void PinnedTraces::find_files() {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator{folder_, none}) {
        const auto name = entry.path().filename().string();
        // The process ended while it wrote.
        if (name.ends_with(".part")) fs::remove(entry.path(), none);
        if (!name.ends_with(kSpansEnding)) continue;
        const auto id = name.substr(0, name.size() - kSpansEnding.size());
        if (!is_trace_id(id)) continue;
        entries_[id] = {.bytes = bytes_of(spans_path(id)) + bytes_of(logs_path(id)),
                        .pinned_us = changed_us(spans_path(id)),
                        .summary = std::nullopt};
    }
}

PinnedTraces::Usage PinnedTraces::used() const {
    Usage usage{.traces = static_cast<std::int64_t>(entries_.size()), .bytes = 0};
    for (const auto& [id, entry] : entries_) usage.bytes += entry.bytes;
    return usage;
}

PinnedTraces::Usage PinnedTraces::usage() const {
    const std::scoped_lock lock{mutex_};
    return used();
}

Result<::console::PinnedTrace> PinnedTraces::pin(const std::string& id, const WholeTrace& trace) {
    if (!is_trace_id(id)) return invalid("/trace_id", "is not 32 lower-case hexadecimal digits");
    const auto spans = trace.otlp();
    const auto logs = trace.otlp_logs();
    const auto bytes = static_cast<std::int64_t>(spans.size() + logs.size());
    const std::scoped_lock lock{mutex_};
    const auto before = entries_.find(id);
    const auto others = used().bytes - (before == entries_.end() ? 0 : before->second.bytes);
    if (others + bytes > kBytesMax) return full(bytes);
    std::error_code failure;
    fs::create_directories(folder_, failure);
    if (!failure) fs::permissions(folder_, fs::perms::owner_all, failure);
    if (failure) return not_stored(folder_, failure.message());
    // The spans say that a trace is pinned, so they come last.
    if (auto written = write_file(logs_path(id), logs); !written) return written.error();
    if (auto written = write_file(spans_path(id), spans); !written) return written.error();
    auto& entry = entries_[id];
    entry = {.bytes = bytes, .pinned_us = changed_us(spans_path(id)), .summary = summary_of(spans)};
    ::console::PinnedTrace pinned;
    if (entry.summary) *pinned.mutable_summary() = *entry.summary;
    pinned.set_pinned_us(entry.pinned_us);
    pinned.set_bytes(entry.bytes);
    return pinned;
}

Result<void> PinnedTraces::unpin(const std::string& id) {
    const std::scoped_lock lock{mutex_};
    if (!entries_.contains(id)) return {};
    std::error_code failure;
    fs::remove(spans_path(id), failure);
    if (failure) return not_stored(spans_path(id), failure.message());
    entries_.erase(id);
    fs::remove(logs_path(id), failure);
    if (failure) return not_stored(logs_path(id), failure.message());
    return {};
}

::console::ListPinnedTracesResponse PinnedTraces::list() {
    const std::scoped_lock lock{mutex_};
    std::vector<std::pair<std::int64_t, std::string>> newest;
    for (auto& [id, entry] : entries_) {
        if (!entry.summary) {
            if (const auto spans = read_file(spans_path(id))) entry.summary = summary_of(*spans);
        }
        if (entry.summary) newest.emplace_back(entry.pinned_us, id);
    }
    std::ranges::sort(newest, std::ranges::greater{});
    ::console::ListPinnedTracesResponse response;
    for (const auto& [when, id] : newest) {
        const auto& entry = entries_[id];
        auto& pinned = *response.add_traces();
        *pinned.mutable_summary() = *entry.summary;
        pinned.set_pinned_us(when);
        pinned.set_bytes(entry.bytes);
    }
    response.set_bytes(used().bytes);
    response.set_bytes_max(kBytesMax);
    return response;
}

std::optional<PinnedBytes> PinnedTraces::read(const std::string& id) const {
    const std::scoped_lock lock{mutex_};
    if (!entries_.contains(id)) return std::nullopt;
    auto spans = read_file(spans_path(id));
    if (!spans) return std::nullopt;
    return PinnedBytes{.spans = std::move(*spans), .logs = read_file(logs_path(id)).value_or("")};
}

Result<::console::ListLogsResponse> search_pinned_logs(const PinnedBytes& pinned, const ::console::ListLogsRequest& request) {
    auto filter = LogFilter::make(request.q(), request.from_us(), request.to_us(), request.trace_id());
    if (!filter) return std::move(filter).error();
    ::console::ListLogsResponse response;
    Batch batch;
    if (!read_request(telemetry::Signal::logs, pinned.logs, batch)) return response;
    for (auto i = batch.logs.size(); i-- > 0 && response.records_size() < kLogsPageMax;) {
        const auto& log = batch.logs[i];
        // No file has the number 0, so nothing lies around such a record.
        const Position nowhere{.file = 0, .row = static_cast<std::int64_t>(i)};
        if (filter->in_time(log.time_ns / 1'000) && filter->matches(log))
            *response.add_records() = view_of(log, record_id(nowhere));
    }
    return response;
}

}  // namespace tw::console
