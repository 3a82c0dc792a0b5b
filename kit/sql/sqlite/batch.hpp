#pragma once

#include "kit/sql/shared_commit.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/job.hpp"
#include "kit/sql/statement.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tw::sql {

/// A unit on its way to the writer and back.
class UnitJob : public JobFor<void> {
 public:
    UnitJob(Unit unit, std::shared_ptr<LoopInbox> inbox, TraceContext span)
        : unit{std::move(unit)}, inbox{std::move(inbox)}, span{std::move(span)} {}

    const Unit unit;
    const std::shared_ptr<LoopInbox> inbox;
    /// The unit's span.
    const TraceContext span;
    /// As the outcome: the commit that it shared with others, if it did and that is to be recorded, and whether it is this
    /// unit's part to tell of it.
    std::shared_ptr<const SharedCommit> commit;
    bool tells_commit = false;
};

/// Commits the units with as few commits as possible, and gives each its outcome. In one transaction first, where a unit that
/// fails is undone alone; if that transaction is lost or refused as a whole, for a reason that one unit may have brought
/// in, each in its own. When storage fails none has taken effect. Skips what has been given up.
///
/// Answers the number of commits.
std::uint64_t commit_units(Connection& connection, std::span<const std::shared_ptr<UnitJob>> units);

}  // namespace tw::sql
