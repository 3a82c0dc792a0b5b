#include "kit/simulation/run/run_limit.hpp"

#include <gtest/gtest.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// Looks at a run once a second of the clock.
class RunLimitTest : public testing::Test {
 protected:
    std::optional<std::string> look_after(std::chrono::nanoseconds pause, ProcessUsage usage) {
        now_ += std::chrono::duration_cast<RunLimit::Time::duration>(pause);
        return limit.look(usage, now_);
    }
    /// Returns after how many looks, a second apart, the run counts as one that does not end;
    /// 10,000 if it never does.
    int looks_until_over(std::chrono::nanoseconds cpu_each, bool sleeps) {
        ProcessUsage usage{.sleeps = sleeps};
        for (int looks = 1; looks < 10'000; ++looks) {
            usage.cpu_time += cpu_each;
            if (look_after(1s, usage)) return looks;
        }
        return 10'000;
    }
    void begin(ProcessUsage usage) { limit.begin(usage, now_); }

    RunLimit limit{120s, 10min};

 private:
    RunLimit::Time now_{};
};

TEST_F(RunLimitTest, a_run_that_works_all_the_time_ends_after_the_cpu_time) {
    begin({});
    EXPECT_EQ(looks_until_over(1s, false), 121);
}

TEST_F(RunLimitTest, a_run_on_a_busy_machine_has_the_same_cpu_time) {
    begin({});
    EXPECT_EQ(looks_until_over(100ms, false), 1'201);
}

TEST_F(RunLimitTest, a_run_that_is_stopped_may_be_so_for_ever) {
    begin({});
    EXPECT_EQ(looks_until_over(0s, false), 10'000);
}

TEST_F(RunLimitTest, a_run_that_sleeps_all_the_time_ends_after_the_sleep_time) {
    begin({});
    // The time between the begin and the first look is not known to be sleep.
    EXPECT_EQ(looks_until_over(0s, true), 602);
}

TEST_F(RunLimitTest, a_pause_of_whoever_looks_is_no_sleep_of_the_run) {
    begin({.sleeps = true});
    EXPECT_FALSE(look_after(1h, {.sleeps = true}));
    EXPECT_FALSE(look_after(590s, {.sleeps = true}));
}

TEST_F(RunLimitTest, each_run_of_a_process_has_the_whole_time) {
    begin({});
    EXPECT_FALSE(look_after(1s, {.cpu_time = 100s}));
    begin({.cpu_time = 100s});
    EXPECT_FALSE(look_after(1s, {.cpu_time = 200s}));
    const auto over = look_after(1s, {.cpu_time = 221s});
    ASSERT_TRUE(over);
    EXPECT_EQ(*over, "the run does not end: it has used 121.0 s of CPU time");
}

}  // namespace
}  // namespace tw::simulation
