#include "services/console/archive/log_pattern_search.hpp"

#include "services/console/archive/log_search.hpp"
#include "services/console/archive/search_time.hpp"
#include "services/console/views/log_patterns.hpp"

#include <limits>
#include <utility>

namespace tw::console {
namespace {

constexpr std::size_t kRecordsLookedAtMax = 50'000;

}  // namespace

Result<::console::ListLogPatternsResponse> count_log_patterns(const std::vector<FilePtr>& files,
                                                              const ::console::ListLogPatternsRequest& request,
                                                              const Clock& clock, std::chrono::milliseconds time_max) {
    const SearchTime time{clock, time_max};
    auto filter = LogFilter::make(request.q(), request.from_us(), request.to_us(), {});
    if (!filter) return std::move(filter).error();
    LogPatterns patterns;
    std::size_t seen = 0;
    bool more = false;
    for (const auto& file : files) {
        if (more || !filter->may_be_in(file->contents())) continue;
        ReaderLease lease{file};
        each_log(lease, *filter, std::numeric_limits<std::int64_t>::max(), [&](const LogSeen& log) {
            // At least one record is looked at, however slow the disk is.
            more = seen == kRecordsLookedAtMax || (seen > 0 && time.over());
            ++seen;
            if (more || !filter->in_time(log.time_us)) return !more;
            Batch batch;
            lease.stored().read_log(log.source, log.bytes, batch);
            if (!batch.logs.empty() && filter->matches(batch.logs.front())) patterns.add(batch.logs.front());
            return true;
        });
    }
    auto answer = patterns.most_frequent();
    answer.set_more(more);
    return answer;
}

}  // namespace tw::console
