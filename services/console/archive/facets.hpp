#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/archive/file_list.hpp"

#include <chrono>

namespace tw::console {

/// Archive::list_facets on these files, the newest of which is the first.
Result<::console::ListFacetsResponse> count_facets(const std::vector<FilePtr>& files, const ::console::ListFacetsRequest& request,
                                                   const Clock& clock, std::chrono::milliseconds time_max);

}  // namespace tw::console
