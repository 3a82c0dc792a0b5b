#include "kit/simulation/runner.hpp"
#include "kit/simulation/simulation.hpp"
#include "tests/simulation/shop.hpp"

#include <array>

#include <fmt/format.h>

namespace tw::shop {
namespace {

/// The driver for PostgreSQL, which makes replicas take four times as long as the others, is simulated by itself as well.
constexpr std::array kLayouts{Layout::one_process, Layout::one_process, Layout::apart, Layout::apart, Layout::replicas};

simulation::RunOutcome run(const simulation::RunOptions& options) {
    simulation::RunOutcome outcome;
    simulation::Simulation simulation{options.seed};
    simulation.history().listen(options.listener);
    simulation.faults().suppress(options.without);
    {
        Shop shop{simulation, kLayouts[simulation.choose(kLayouts.size())]};
        shop.live(outcome, options.faults);
    }
    outcome.digest = simulation.history().digest();
    outcome.virtual_time = simulation.time();
    outcome.faults = simulation.faults().count();
    outcome.coverage = simulation.faults().coverage();
    return outcome;
}

}  // namespace
}  // namespace tw::shop

int main(int argc, char** argv) { return tw::simulation::run_main(argc, argv, "./dev simulate", tw::shop::run); }
