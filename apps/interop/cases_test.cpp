#include "apps/interop/cases.hpp"

#include "apps/interop/soak.hpp"
#include "kit/async/run.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::interop {
namespace {

using namespace std::chrono_literals;

/// What the channels of a test recorded.
struct Seen {
    int channels = 0;
    int calls = 0;
    int at_once = 0;
    int at_once_most = 0;
};

/// Answers the suite's unary calls by itself, as each of `servers` would in turn.
class ScriptedChannel final : public rpc::Channel {
 public:
    ScriptedChannel(EventLoop& loop, Seen& seen, std::vector<std::string> servers = {"one"})
        : loop_{loop}, seen_{seen}, servers_{std::move(servers)} {
        ++seen_.channels;
    }

    Task<Result<void>> unary(const CallContext&, const rpc::Method&, const rpc::Message& request, rpc::Message& response,
                             rpc::CallOptions*) override {
        const auto& server = servers_[static_cast<std::size_t>(seen_.calls++) % servers_.size()];
        seen_.at_once_most = std::max(seen_.at_once_most, ++seen_.at_once);
        co_await hop_to(loop_);
        --seen_.at_once;
        const auto& asked = dynamic_cast<const SimpleRequest&>(request);
        auto& answer = dynamic_cast<SimpleResponse&>(response);
        answer.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(asked.response_size()), '\0');
        if (asked.fill_server_id()) answer.set_server_id(server);
        co_return Result<void>{};
    }
    Task<Result<std::unique_ptr<rpc::ClientStream>>> open(const CallContext&, const rpc::Method&, rpc::CallOptions*) override {
        co_return unlike("no streams here");
    }
    rpc::ChannelState state() const override { return {}; }

 private:
    EventLoop& loop_;
    Seen& seen_;
    std::vector<std::string> servers_;
};

struct CasesTest : testing::Test {
    Result<void> run(std::string_view name, std::vector<std::string> servers) {
        ScriptedChannel channel{loop, seen, std::move(servers)};
        return run_until_done(loop, find_case(name)->run(channel, loop));
    }
    Result<void> run_soak(const SoakOptions& options, bool channel_per_call = false) {
        return run_until_done(
            loop, soak(loop, [this] { return std::make_unique<ScriptedChannel>(loop, seen); }, channel_per_call, options));
    }

    EventLoop loop;
    Seen seen;
};

TEST_F(CasesTest, pick_first_unary_passes_if_one_server_answers_all_calls) {
    EXPECT_TRUE(run("pick_first_unary", {"one"}));
    EXPECT_EQ(seen.calls, 100);
}

TEST_F(CasesTest, pick_first_unary_reports_the_servers_that_answered) {
    const auto outcome = run("pick_first_unary", {"one", "other"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().detail(), "the calls went to one first, and then to other");
}

TEST_F(CasesTest, pick_first_unary_fails_for_a_server_without_a_name) { EXPECT_FALSE(run("pick_first_unary", {""})); }

TEST_F(CasesTest, a_soak_makes_one_call_at_a_time_by_default) {
    EXPECT_TRUE(run_soak({.iterations = 7}));
    EXPECT_EQ(seen.calls, 7);
    EXPECT_EQ(seen.at_once_most, 1);
    EXPECT_EQ(seen.channels, 1);
}

TEST_F(CasesTest, callers_of_a_soak_share_its_calls_and_make_them_concurrently) {
    EXPECT_TRUE(run_soak({.iterations = 7, .callers = 3}));
    EXPECT_EQ(seen.calls, 7);
    EXPECT_EQ(seen.at_once_most, 3);
    EXPECT_EQ(seen.channels, 1);
}

TEST_F(CasesTest, each_call_of_channel_soak_has_a_channel_of_its_own) {
    EXPECT_TRUE(run_soak({.iterations = 7, .callers = 3}, true));
    EXPECT_EQ(seen.channels, 7);
}

TEST_F(CasesTest, a_soak_that_runs_out_of_time_reports_its_progress) {
    const auto outcome = run_soak({.iterations = 7, .callers = 3, .time_max = 0s});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().detail(), "only 0 of 7 calls in time");
}

TEST_F(CasesTest, a_soak_counts_the_failures_of_all_its_callers) {
    // No call takes less than the negative bound, so every call fails.
    const SoakOptions strict{.iterations = 6, .callers = 3, .failures_max = 5, .latency_max = -1ms};
    const auto outcome = run_soak(strict);
    ASSERT_FALSE(outcome);
    EXPECT_THAT(outcome.error().detail(), testing::StartsWith("6 of 6 calls failed; one of them: took "));
    auto lenient = strict;
    lenient.failures_max = 6;
    EXPECT_TRUE(run_soak(lenient));
}

}  // namespace
}  // namespace tw::interop
