#pragma once

#include "kit/base/clock.hpp"
#include "kit/sql/shared_commit.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <memory>
#include <span>

namespace tw::sql {

/// A unit that was committed together with others, by what its job has for that.
struct UnitOfCommit {
    const TraceContext* span;
    std::shared_ptr<const SharedCommit>* commit;
    bool* tells_commit;
    bool abandoned;
};

/// Tells units about the commit that they shared, where there were several and somebody records their spans. The first
/// recorded one that is still waited for is to tell of it.
void share_commit(std::span<const UnitOfCommit> units, Timestamp began, Timestamp ended, telemetry::TraceIds& ids);

}  // namespace tw::sql
