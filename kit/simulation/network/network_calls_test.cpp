#include "kit/simulation/network/network_calls_fixture.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

using ::testing::IsEmpty;

class NetworkCallsTest : public testing::TestWithParam<CallsOutcome (*)(const CallsSpec&)> {
 protected:
    static std::string lines_of(CallsSpec spec) {
        std::string all;
        spec.listener = [&all](std::string_view line) { all.append(line).append("\n"); };
        const auto outcome = GetParam()(spec);
        return all + std::to_string(outcome.digest);
    }
};

TEST_P(NetworkCallsTest, a_quiet_run_answers_every_call) {
    const auto outcome = GetParam()({.seed = 1, .intensity = 0, .plain = true, .crashes = false});
    EXPECT_EQ(outcome.succeeded, 72);
    EXPECT_EQ(outcome.failed, 0);
    EXPECT_THAT(outcome.complaints, IsEmpty());
}

TEST_P(NetworkCallsTest, calls_end_by_their_deadlines_and_leave_nothing_whatever_the_network_does) {
    const Seeds seeds;
    std::set<std::string> happened;
    int succeeded = 0;
    int failed = 0;
    std::uint64_t digest = 0;
    for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
        const auto outcome = GetParam()({.seed = seed, .intensity = static_cast<double>(seed % 8)});
        EXPECT_THAT(outcome.complaints, IsEmpty()) << "with seed " << seed;
        succeeded += outcome.succeeded;
        failed += outcome.failed;
        digest = digest * 31 + outcome.digest;
        for (const auto& [what, tries] : outcome.coverage) {
            if (tries.happened > 0) happened.insert(what.first);
        }
    }
    RecordProperty("succeeded", succeeded);
    RecordProperty("failed", failed);
    // The digest is equal in every run of the program, since nothing in a run depends on addresses
    // of memory.
    RecordProperty("digest", std::to_string(digest));
    if (!seeds.are_many()) return;
    EXPECT_GT(succeeded, failed);
    EXPECT_THAT(happened,
                testing::ElementsAre("answer cut", "answer stalled", "crash", "half-open", "lookup failed", "lookup unanswered",
                                     "partition", "refused", "request cut", "request stalled", "slow link", "unanswered"));
}

TEST_P(NetworkCallsTest, a_seed_has_one_history) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto once = lines_of({.seed = seed, .intensity = 4});
        EXPECT_EQ(once, lines_of({.seed = seed, .intensity = 4})) << "with seed " << seed;
        EXPECT_NE(once, lines_of({.seed = seed + 100, .intensity = 4}));
    }
}

INSTANTIATE_TEST_SUITE_P(Rpc, NetworkCallsTest, testing::Values(&run_rpc_calls));
INSTANTIATE_TEST_SUITE_P(Http, NetworkCallsTest, testing::Values(&run_http_calls));

}  // namespace
}  // namespace tw::simulation
