#pragma once

#include "kit/base/clock.hpp"
#include "kit/sql/shared/shared_commit.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <memory>
#include <span>

namespace tw::sql {

/// A unit that was committed together with others: the parts of its job that share_commit reads and
/// sets.
struct UnitOfCommit {
    const TraceContext* span;
    std::shared_ptr<const SharedCommit>* commit;
    bool* tells_commit;
    bool abandoned;
};

/// Sets in each unit the commit that it shared, if there were several units and one of their spans
/// is recorded. The first unit with a recorded span whose caller still waits is to record the
/// commit's span.
void share_commit(std::span<const UnitOfCommit> units, Timestamp began, Timestamp ended, telemetry::TraceIds& ids);

}  // namespace tw::sql
