#include "kit/simulation/runner.hpp"

#include <algorithm>

namespace tw::simulation {

std::set<std::uint32_t> shorten(const Run& run, RunOptions options, std::uint32_t runs_max) {
    std::uint32_t runs = 0;
    auto without = options.without;
    auto outcome = run(options);
    const auto fails = [&](const std::set<std::uint32_t>& leave_out) {
        ++runs;
        options.without = leave_out;
        auto next = run(options);
        if (next.violations.empty()) return false;
        outcome = std::move(next);
        return true;
    };
    if (outcome.violations.empty()) return without;
    // The loop leaves out first halves of the remaining faults, then quarters and so on. A part is
    // left out for good if the run still fails without it.
    for (std::uint32_t part = std::max(1U, outcome.faults / 2); runs < runs_max; part = std::max(1U, part / 2)) {
        bool changed = false;
        for (std::uint32_t first = 0; first < outcome.faults && runs < runs_max; first += part) {
            auto attempt = without;
            for (auto number = first; number < std::min(first + part, outcome.faults); ++number) attempt.insert(number);
            if (attempt == without || !fails(attempt)) continue;
            without = std::move(attempt);
            changed = true;
        }
        if (part == 1 && !changed) break;
    }
    return without;
}

}  // namespace tw::simulation
