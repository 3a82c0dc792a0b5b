#include "tests/simulation/caller.hpp"

#include <fmt/format.h>

namespace tw::shop {

void Caller::tell(std::string_view what, const std::string& came) const {
    street_.simulation.history().tell([&] { return fmt::format("{}: {}: {}", name_, what, came); });
}

void Caller::broken(std::string_view what, const std::string& promise) const {
    tell(what, "BROKEN: " + promise);
    street_.journal.broken.push_back(fmt::format("{}: {}: {}", name_, what, promise));
}

Task<void> Caller::pause(std::chrono::nanoseconds time) const {
    RootCall root{street_.loop};
    static_cast<void>(co_await sleep_for(root.context(), time));
}

}  // namespace tw::shop
