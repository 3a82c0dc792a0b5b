#include "kit/sql/sqlite/share_commit.hpp"

#include <algorithm>

namespace tw::sql {
namespace {

bool committed(const UnitJob& job) { return job.outcome && job.outcome->has_value(); }

}  // namespace

void share_commit(std::span<const std::shared_ptr<UnitJob>> batch, Timestamp began, Timestamp ended, telemetry::TraceIds& ids) {
    const auto teller = std::ranges::find_if(batch, [](const auto& job) {
        return committed(*job) && job->span.sampled() && !job->abandoned().load(std::memory_order_relaxed);
    });
    const auto units = static_cast<std::size_t>(std::ranges::count_if(batch, [](const auto& job) { return committed(*job); }));
    if (teller == batch.end() || units < 2) return;

    const auto commit = std::make_shared<SharedCommit>();
    commit->trace = (*teller)->span;
    ids.fill(commit->trace.span_id);
    commit->began = began;
    commit->ended = ended;
    commit->units = units;
    for (const auto& job : batch) {
        if (!committed(*job)) continue;
        job->commit = commit;
        if (job->span.sampled() && commit->unit_spans.size() < SharedCommit::kLinksMax) commit->unit_spans.push_back(job->span);
    }
    (*teller)->tells_commit = true;
}

}  // namespace tw::sql
