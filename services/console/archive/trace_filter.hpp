#pragma once

#include "kit/base/result.hpp"
#include "services/console/archive/archive_file.hpp"
#include "services/console/query.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace tw::console {

/// A trace as its row says.
struct TraceSeen {
    std::int64_t row = 0;
    std::int64_t start_us = 0;
    std::int64_t duration_ns = 0;
    /// The list of its pieces.
    std::string_view pieces;
    /// The stored TraceSummary.
    std::string_view summary;
};

/// Which traces are asked for: a query and a time range.
class TraceFilter {
 public:
    /// Fails as Query::parse does. 0 as `to_us` means now.
    static Result<TraceFilter> make(std::string_view query, std::int64_t from_us, std::int64_t to_us);

    bool may_be_in(const FileContents& contents) const { return contents.overlaps(from_us_, to_us_); }
    bool in_time(std::int64_t start_us) const { return start_us >= from_us_ && (to_us_ == 0 || start_us <= to_us_); }
    bool needs_spans() const { return !query_.matches_all(); }
    /// Whether the trace matches. Its spans are read into `batch`, unless something shows
    /// beforehand that it cannot match.
    bool matches(StoredReader& stored, const TraceSeen& trace, Batch& batch) const;
    /// Whether the query names an id that is indexed.
    bool names_id() const;
    /// The rows that may match, newest first, where the query names an id that is indexed.
    std::optional<std::vector<std::int64_t>> indexed_rows(Database& database) const;

 private:
    Query query_;
    std::int64_t from_us_ = 0;
    std::int64_t to_us_ = 0;
    /// Texts that the spans of every trace that matches have in their bytes. They are the query's.
    std::vector<std::string_view> needed_;
    /// Texts that the summary of every trace that matches has in its bytes.
    std::vector<std::string_view> needed_in_summary_;
};

/// Calls `use` with the traces of a file that may match, newest first, from the one before
/// `before`, until it returns false.
void each_trace(ReaderLease& lease, const TraceFilter& filter, std::int64_t before,
                const std::function<bool(const TraceSeen&)>& use);

}  // namespace tw::console
