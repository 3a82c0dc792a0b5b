#include "kit/simulation/runner.hpp"

#include "kit/simulation/run/seed_workers.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Fails if the faults 3 and 11 both happen.
RunOutcome two_that_matter(const RunOptions& options) {
    RunOutcome outcome;
    outcome.faults = 16;
    if (!options.without.contains(3) && !options.without.contains(11)) outcome.violations.emplace_back("both have happened");
    return outcome;
}

TEST(Shorten, leaves_the_faults_that_matter) {
    const auto without = shorten(two_that_matter, {});
    EXPECT_EQ(without.size(), 14U);
    EXPECT_FALSE(without.contains(3));
    EXPECT_FALSE(without.contains(11));
}

TEST(Shorten, leaves_a_run_alone_that_does_not_go_wrong) {
    EXPECT_TRUE(shorten([](const RunOptions&) { return RunOutcome{.faults = 5}; }, {}).empty());
}

TEST(Seeds, each_is_run_once_and_those_that_go_wrong_are_named) {
    const auto run = [](const RunOptions& options) {
        RunOutcome outcome{.requests = 2, .counts = {{"orders", 3}}};
        outcome.coverage[{"cut", "here"}] = {.offered = 3, .happened = 1};
        if (options.seed == 5) outcome.violations.emplace_back("a line\nand \"another\"");
        if (options.seed == 7) std::raise(SIGKILL);
        if (options.seed == 8) std::_Exit(4);
        if (options.seed == 9) throw std::runtime_error{"not modelled"};
        return outcome;
    };
    std::vector<std::uint64_t> told;
    const auto outcome =
        run_seeds({.seeds = 10, .from = 1, .jobs = 2}, run, [&](const FailedSeed& failed) { told.push_back(failed.seed); });
    EXPECT_EQ(outcome.seeds, 10U);
    EXPECT_EQ(outcome.requests, 14U);
    EXPECT_EQ(outcome.counts.at("orders"), 21U);
    ASSERT_EQ(outcome.failed.size(), 4U);
    EXPECT_EQ(outcome.failed[0].seed, 5U);
    EXPECT_EQ(outcome.failed[0].violations, std::vector<std::string>{"a line\nand \"another\""});
    EXPECT_EQ(outcome.failed[1].seed, 7U);
    EXPECT_EQ(outcome.failed[1].violations, std::vector<std::string>{"the run crashed: Killed"});
    EXPECT_EQ(outcome.failed[2].violations, std::vector<std::string>{"the run left the process with exit code 4"});
    EXPECT_EQ(outcome.failed[3].violations, std::vector<std::string>{"the run ended with an exception: not modelled"});
    EXPECT_EQ(told.size(), 4U);
    const auto& tries = outcome.coverage.at({"cut", "here"});
    EXPECT_EQ(tries.offered, 21U);
}

TEST(Seeds, those_of_the_list_come_first_and_one_that_crashes_keeps_no_other_from_running) {
    const auto run = [](const RunOptions& options) {
        if (options.seed == 90) std::raise(SIGKILL);
        return RunOutcome{.requests = options.seed};
    };
    const auto outcome = run_seeds({.listed = {90, 91, 92}, .seeds = 3, .from = 1, .jobs = 2}, run, [](const FailedSeed&) {});
    EXPECT_EQ(outcome.seeds, 6U);
    EXPECT_EQ(outcome.failed.size(), 1U);
    EXPECT_EQ(outcome.requests, 91U + 92U + 1U + 2U + 3U);
}

TEST(Seeds, one_of_some_is_run_twice_and_must_tell_the_same) {
    const auto run = [](const RunOptions& options) {
        static int runs = 0;
        ++runs;
        if (options.listener) {
            options.listener("begins");
            // The line is written in the first run of some seeds, and in the second run of others.
            if (runs % 2 == static_cast<int>(options.seed / 2 % 2)) options.listener("goes on");
            if (options.seed % 4 == 2) options.listener("ends");
        }
        return RunOutcome{.requests = 1};
    };
    const auto outcome = run_seeds({.seeds = 5, .from = 0, .one_twice_of = 2}, run, [](const FailedSeed&) {});
    EXPECT_EQ(outcome.requests, 5U);
    ASSERT_EQ(outcome.failed.size(), 3U);
    const std::string other = "the same seed tells another history the second time: ";
    EXPECT_EQ(outcome.failed[0].violations, std::vector{other + "\"goes on\" where it said \"the end\""});
    EXPECT_EQ(outcome.failed[1].violations, std::vector{other + "\"goes on\" where it said \"ends\""});
    EXPECT_EQ(outcome.failed[2].violations, std::vector{other + "\"goes on\" where it said \"the end\""});
}

TEST(Seeds, one_that_works_for_ever_is_ended_by_its_cpu_time) {
    const auto run = [](const RunOptions& options) {
        for (volatile bool on = options.seed == 2; on;) {
        }
        return RunOutcome{.requests = 1};
    };
    const auto outcome = run_seeds({.seeds = 3, .cpu_time_max = std::chrono::milliseconds{40}}, run, [](const FailedSeed&) {});
    EXPECT_EQ(outcome.requests, 2U);
    ASSERT_EQ(outcome.failed.size(), 1U);
    EXPECT_EQ(outcome.failed[0].seed, 2U);
    EXPECT_THAT(outcome.failed[0].violations, ElementsAre(HasSubstr("the run does not end: it has used 0.")));
}

TEST(Seeds, one_that_waits_for_ever_is_ended_by_its_sleep_time) {
    const auto run = [](const RunOptions& options) {
        while (options.seed == 2) ::pause();
        return RunOutcome{.requests = 1};
    };
    const auto outcome = run_seeds({.seeds = 3, .sleep_time_max = std::chrono::milliseconds{40}}, run, [](const FailedSeed&) {});
    EXPECT_EQ(outcome.requests, 2U);
    ASSERT_EQ(outcome.failed.size(), 1U);
    EXPECT_THAT(outcome.failed[0].violations, ElementsAre(HasSubstr("the run does not end: it has slept for 0.")));
}

/// Stops this process, and makes another process continue it after `time`.
void stand_still(std::chrono::milliseconds time) {
    const auto stopped = ::getpid();
    const auto other = ::fork();
    // The other process repeats the signal, since the first one may come before the stop.
    while (other == 0) {
        std::this_thread::sleep_for(time);
        if (::kill(stopped, SIGCONT) != 0) ::_exit(0);
    }
    std::raise(SIGSTOP);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

TEST(Seeds, one_that_is_stopped_and_continued_passes_however_long_that_takes) {
    const auto run = [](const RunOptions&) {
        stand_still(std::chrono::milliseconds{300});
        return RunOutcome{.requests = 1};
    };
    const SeedsPlan plan{.seeds = 1,
                         .one_twice_of = 0,
                         .cpu_time_max = std::chrono::milliseconds{200},
                         .sleep_time_max = std::chrono::milliseconds{200}};
    const auto outcome = run_seeds(plan, run, [](const FailedSeed&) {});
    EXPECT_EQ(outcome.requests, 1U);
    EXPECT_TRUE(outcome.failed.empty());
}

TEST(Seeds, as_many_are_run_as_there_is_time_for) {
    // A new process may take long on a busy machine.
    const auto outcome = run_seeds(
        {.time = std::chrono::seconds{1}, .jobs = 2}, [](const RunOptions&) { return RunOutcome{}; }, [](const FailedSeed&) {});
    EXPECT_GT(outcome.seeds, 2U);
}

}  // namespace
}  // namespace tw::simulation
