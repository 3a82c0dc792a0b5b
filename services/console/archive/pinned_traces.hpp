#pragma once

#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/whole_trace.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace tw::console {

/// The traces that stay when the archive's files are removed. Each one is two files in a folder of
/// their own, ID.traces.pb and ID.logs.pb. Each file is an export request of OTLP (protobuf), as
/// any receiver takes it. So later versions of this program read pinned traces. Thread-safe.
class PinnedTraces {
 public:
    /// The most bytes of all of them.
    static constexpr std::int64_t kBytesMax = 64LL * 1024 * 1024;

    /// The folder is made when the first trace is pinned.
    explicit PinnedTraces(std::filesystem::path folder);

    /// Stores what the archive has of the trace, in place of what was pinned of it before. Fails
    /// with INVALID_ARGUMENT if `id` is not 32 lower-case hexadecimal digits, with
    /// RESOURCE_EXHAUSTED (PINNED_TRACES_FULL), and with UNAVAILABLE (TRACE_NOT_PINNED) if the disk
    /// does not take it. Then its spans are pinned as they were before.
    Result<::console::PinnedTrace> pin(const std::string& id, const WholeTrace& trace);
    /// Removes it. Nothing happens if it is not pinned. Fails with UNAVAILABLE (TRACE_NOT_PINNED)
    /// if the disk refuses.
    Result<void> unpin(const std::string& id);
    /// All pinned traces. The one that was pinned last is the first. A file that cannot be read is
    /// left out.
    ::console::ListPinnedTracesResponse list();
    /// What was pinned of the trace; nothing if it is not pinned.
    std::optional<PinnedBytes> read(const std::string& id) const;

    struct Usage {
        std::int64_t traces = 0;
        std::int64_t bytes = 0;
    };
    Usage usage() const;

 private:
    struct Entry {
        std::int64_t bytes = 0;
        std::int64_t pinned_us = 0;
        /// Empty until it is asked for.
        std::optional<::console::TraceSummary> summary;
    };

    std::filesystem::path spans_path(const std::string& id) const { return folder_ / (id + ".traces.pb"); }
    std::filesystem::path logs_path(const std::string& id) const { return folder_ / (id + ".logs.pb"); }
    Usage used() const;
    void find_files();

    const std::filesystem::path folder_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

/// The pinned log records that match, the newest first, on one page.
Result<::console::ListLogsResponse> search_pinned_logs(const PinnedBytes& pinned, const ::console::ListLogsRequest& request);

}  // namespace tw::console
