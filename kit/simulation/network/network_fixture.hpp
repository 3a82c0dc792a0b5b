#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/async/sleep.hpp"
#include "kit/simulation/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tw::simulation {

using namespace std::chrono_literals;

/// The seeds of a long test. A developer may set their number in TW_SIMULATION_SEEDS and the first
/// one in TW_SIMULATION_FROM.
struct Seeds {
    std::uint64_t first = number_of("TW_SIMULATION_FROM", 1);
    std::uint64_t count = number_of("TW_SIMULATION_SEEDS", kUsual);

    /// Returns whether the seeds are enough for every fault to happen.
    bool are_many() const { return count >= kUsual; }

 private:
    static constexpr std::uint64_t kUsual = 300;
    static std::uint64_t number_of(const char* name, std::uint64_t otherwise) {
        const char* const value = std::getenv(name);
        return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
    }
};

/// A process of a test: its name and one loop.
struct TestProcess {
    TestProcess(Simulation& simulation, std::string name) : owner{.name = std::move(name)} {
        simulation.as(owner, [&] { loops.emplace(1); });
    }
    EventLoop& loop() { return loops->at(0); }

    Owner owner;
    std::optional<LoopGroup> loops;
};

/// Two processes, of which one serves at kAddress.
struct TwoProcesses {
    inline static const net::Address kAddress{"10.0.0.1", 50051};

    explicit TwoProcesses(std::uint64_t seed) : simulation{seed} {}

    /// Runs `task` as the client, for at most the time `at_most`. Returns whether the task ended.
    bool run(Task<void> task, std::chrono::nanoseconds at_most = 10min) {
        bool ended = false;
        client.loop().post([&] { spawn(gate, note_end(std::move(task), ended)); });
        return simulation.run_until([&] { return ended; }, at_most);
    }

    Simulation simulation;
    TestProcess client{simulation, "order"};
    TestProcess server{simulation, "catalog"};
    Gate gate;

 private:
    static Task<void> note_end(Task<void> task, bool& ended) {
        co_await std::move(task);
        ended = true;
    }
};

}  // namespace tw::simulation
