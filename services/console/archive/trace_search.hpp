#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/file_list.hpp"

#include <chrono>

namespace tw::console {

/// How many traces or log records are looked at where a question speaks of the newest ones.
inline constexpr std::size_t kNewestMax = 50'000;

/// Archive::list_traces on these files, the newest of which is the first.
Result<::console::ListTracesResponse> search_traces(const std::vector<FilePtr>& files,
                                                    const ::console::ListTracesRequest& request, const Clock& clock,
                                                    std::chrono::milliseconds time_max);

}  // namespace tw::console
