// Tests of the driver for PostgreSQL against the modelled server and its faults, by seeds.
#include "kit/simulation/postgres/postgres_shop_fixture.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(PostgresSimulation, what_the_driver_says_of_a_write_is_true_whatever_the_server_does) {
    const auto first = number_from("TW_SIMULATION_FROM", 1);
    const auto count = number_from("TW_SIMULATION_SEEDS", 300);
    Faults::Coverage coverage;
    for (auto seed = first; seed < first + count; ++seed) {
        PostgresShop shop{seed};
        shop.run();
        for (const auto& finding : shop.findings()) ADD_FAILURE() << "seed " << seed << ": " << finding;
        for (const auto& [what, tries] : shop.scheduler().faults().coverage()) {
            coverage[what].offered += tries.offered;
            coverage[what].happened += tries.happened;
        }
    }
    if (count < 300) return;
    for (const auto& [what, tries] : coverage) {
        EXPECT_GT(tries.happened, 0U) << what.first << " at " << what.second << " never happened";
        std::printf("%-24s %9lu of %9lu\n", what.first.c_str(), tries.happened, tries.offered);
    }
}

TEST(PostgresSimulation, the_same_seed_tells_the_same_history) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        std::array<std::string, 2> histories;
        for (auto& history : histories) {
            PostgresShop shop{seed, [&](std::string_view line) { history.append(line) += '\n'; }};
            shop.run();
        }
        EXPECT_GT(histories[0].size(), 10'000U);
        EXPECT_TRUE(histories[0] == histories[1]) << "seed " << seed;
    }
}

/// Prints the history of the seed in TW_SIMULATION_TRACE.
TEST(PostgresSimulation, a_seed_can_be_told) {
    const auto seed = number_from("TW_SIMULATION_TRACE", 0);
    if (seed == 0) return;
    PostgresShop shop{seed, [](std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); }};
    shop.run();
}

}  // namespace
}  // namespace tw::simulation
