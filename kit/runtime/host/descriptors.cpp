#include "kit/runtime/host/descriptors.hpp"

#include <sys/resource.h>

namespace tw::runtime {

std::uint64_t allow_all_descriptors() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit wanted{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    // Some systems allow less than they name; then what there was has to do.
    if (limit.rlim_cur < limit.rlim_max && ::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return wanted.rlim_cur;
    return limit.rlim_cur;
}

}  // namespace tw::runtime
