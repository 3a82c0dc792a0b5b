#include "kit/simulation/history.hpp"

#include <fmt/format.h>

namespace tw::simulation {

void History::write(const std::string& text) {
    listener_(fmt::format("{:12.6f} {}", std::chrono::duration<double>(time_).count(), text));
}

}  // namespace tw::simulation
