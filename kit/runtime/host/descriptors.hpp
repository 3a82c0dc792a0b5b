#pragma once

#include <cstdint>

namespace tw::runtime {

/// Lets this process have as many descriptors as it may without asking anybody: the soft limit
/// becomes the hard one. Shells and service managers leave the soft one at 1024, for programs that
/// use select(), so that the thousandth client would find no answer while the settings allow ten
/// thousand. How many there may be now; children inherit it.
std::uint64_t allow_all_descriptors();

}  // namespace tw::runtime
