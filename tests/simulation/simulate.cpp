#include "kit/simulation/runner.hpp"
#include "kit/simulation/simulation.hpp"
#include "tests/simulation/shop.hpp"
#include "tests/simulation/system_clock.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tw::shop {
namespace {

/// The driver for PostgreSQL, which makes replicas take four times as long as the others, is simulated by itself as well.
constexpr std::array kLayouts{Layout::one_process, Layout::one_process, Layout::one_process,
                              Layout::apart,       Layout::apart,       Layout::replicas};

simulation::RunOutcome run(const simulation::RunOptions& options) {
    simulation::RunOutcome outcome;
    const auto sleeps = real_sleeps();
    simulation::Simulation simulation{options.seed};
    simulation.history().listen(options.listener);
    simulation.faults().suppress(options.without);
    {
        Shop shop{simulation, kLayouts[simulation.choose(kLayouts.size())]};
        shop.live(outcome, options.faults);
    }
    for (auto& wrong : wrong_clocks()) outcome.violations.push_back(std::move(wrong));
    if (real_sleeps() != sleeps)
        outcome.violations.push_back(fmt::format("the run slept in real time, {} times", real_sleeps() - sleeps));
    outcome.digest = simulation.history().digest();
    outcome.virtual_time = simulation.time();
    outcome.faults = simulation.faults().count();
    outcome.coverage = simulation.faults().coverage();
    return outcome;
}

/// SQLite takes no locks and counts no memory here, because only one thread at a time uses it.
void make_sqlite_fast() {
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

}  // namespace
}  // namespace tw::shop

int main(int argc, char** argv) {
    tw::shop::make_sqlite_fast();
    return tw::simulation::run_main(argc, argv, "./dev simulate", tw::shop::run);
}
