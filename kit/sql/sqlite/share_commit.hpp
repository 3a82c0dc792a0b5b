#pragma once

#include "kit/sql/sqlite/batch.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <memory>
#include <span>

namespace tw::sql {

/// Tells those units of a batch that were committed about the commit that they shared, where there were several and somebody
/// records their spans. The first recorded one that is still waited for is to tell of it.
void share_commit(std::span<const std::shared_ptr<UnitJob>> batch, Timestamp began, Timestamp ended, telemetry::TraceIds& ids);

}  // namespace tw::sql
