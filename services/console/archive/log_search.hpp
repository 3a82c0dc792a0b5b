#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/file_list.hpp"
#include "services/console/query.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace tw::console {

/// Which log records are asked for: a query, a time range and a trace.
class LogFilter {
 public:
    /// Fails as Query::parse does, and with INVALID_ARGUMENT for an id of a trace that is none. 0
    /// as `to_us` means now; an empty `trace_id` means any.
    static Result<LogFilter> make(std::string_view query, std::int64_t from_us, std::int64_t to_us, std::string_view trace_id);

    bool may_be_in(const FileContents& contents) const { return contents.overlaps(from_us_, to_us_); }
    bool in_time(std::int64_t time_us) const { return time_us >= from_us_ && (to_us_ == 0 || time_us <= to_us_); }
    bool matches(const LogEntry& log) const { return query_.matches_all() || query_.matches(log); }
    const std::optional<TraceId>& trace_id() const { return trace_id_; }
    /// The places in TextBits that every record which matches has.
    const std::vector<std::uint16_t>& text_places() const { return text_places_; }

 private:
    Query query_;
    std::int64_t from_us_ = 0;
    std::int64_t to_us_ = 0;
    std::optional<TraceId> trace_id_;
    std::vector<std::uint16_t> text_places_;
};

/// A log record as its row says.
struct LogSeen {
    std::int64_t row = 0;
    std::int64_t time_us = 0;
    std::int64_t source = 0;
    std::string_view bytes;
};

/// Calls `use` with the log records of a file that may match, newest first, from the one before
/// `before`, until it returns false. Blocks of records that have not the texts of the query are
/// left out.
void each_log(ReaderLease& lease, const LogFilter& filter, std::int64_t before, const std::function<bool(const LogSeen&)>& use);

/// Archive::list_logs on these files, the newest of which is the first.
Result<::console::ListLogsResponse> search_logs(const std::vector<FilePtr>& files, const ::console::ListLogsRequest& request,
                                                const Clock& clock, std::chrono::milliseconds time_max);

}  // namespace tw::console
