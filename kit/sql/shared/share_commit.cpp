#include "kit/sql/shared/share_commit.hpp"

#include <algorithm>

namespace tw::sql {

void share_commit(std::span<const UnitOfCommit> units, Timestamp began, Timestamp ended, telemetry::TraceIds& ids) {
    const auto teller = std::ranges::find_if(units, [](const auto& unit) { return unit.span->sampled() && !unit.abandoned; });
    if (teller == units.end() || units.size() < 2) return;

    const auto commit = std::make_shared<SharedCommit>();
    commit->trace = *teller->span;
    ids.fill(commit->trace.span_id);
    commit->began = began;
    commit->ended = ended;
    commit->units = units.size();
    for (const auto& unit : units) {
        *unit.commit = commit;
        if (unit.span->sampled() && commit->unit_spans.size() < SharedCommit::kLinksMax) commit->unit_spans.push_back(*unit.span);
    }
    *teller->tells_commit = true;
}

}  // namespace tw::sql
