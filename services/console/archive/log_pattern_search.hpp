#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/file_list.hpp"

#include <chrono>
#include <vector>

namespace tw::console {

/// Archive::list_log_patterns on these files, the newest of which is the first.
Result<::console::ListLogPatternsResponse> count_log_patterns(const std::vector<FilePtr>& files,
                                                              const ::console::ListLogPatternsRequest& request,
                                                              const Clock& clock, std::chrono::milliseconds time_max);

}  // namespace tw::console
