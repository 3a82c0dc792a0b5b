#pragma once

#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/file_list.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// What was pinned of a trace: export requests of OTLP.
struct PinnedBytes {
    std::string spans;
    std::string logs;
};

/// All that the archive has of one trace, from all files and from what was pinned of it.
class WholeTrace {
 public:
    /// Fails with INVALID_ARGUMENT for an id that is none, and with NOT_FOUND (TRACE_NOT_FOUND).
    static Result<std::unique_ptr<WholeTrace>> read(const std::vector<FilePtr>& files, std::optional<PinnedBytes> pinned,
                                                    std::string_view trace_id);

    ::console::Trace view() const;
    /// Fails with INVALID_ARGUMENT for an id that is none, and with NOT_FOUND (SPAN_NOT_FOUND).
    Result<::console::Span> span(const std::string& span_id) const;
    /// Export requests of OTLP with all spans, and with all log records, as they came.
    std::string otlp() const;
    std::string otlp_logs() const;

 private:
    void read_from(const FilePtr& file, const TraceId& trace_id);
    void read_pinned();
    void drop_repeated();
    std::map<SpanId, int> count_logs() const;

    std::optional<PinnedBytes> pinned_;
    /// The sources of the batch belong to the leases.
    std::vector<std::unique_ptr<ReaderLease>> leases_;
    Batch batch_;
};

}  // namespace tw::console
