#pragma once

#include "services/console/archive/file_list.hpp"
#include "services/console/record.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace tw::console {

/// Calls `use` with the spans of each trace in these files, in the order of their arrival, as far
/// as Batch::brief has them. `files` has the newest first. Files before those that have `spans_max`
/// spans together are left out.
void replay(const std::vector<FilePtr>& files, std::int64_t spans_max,
            const std::function<void(std::span<const SpanRecord>)>& use);

}  // namespace tw::console
