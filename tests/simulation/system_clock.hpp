#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tw::shop {

/// Within a simulation, the clocks of the C library tell the time of the simulation. So libraries
/// that read them, such as libnghttp2 and libpq, do not depend on real time either. This function
/// returns what is wrong if they do not. It is called on a thread that is simulated.
std::vector<std::string> wrong_clocks();

/// Returns how often a simulated thread of this program has slept in real time.
std::uint64_t real_sleeps();

}  // namespace tw::shop
