#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what a channel's interceptors see of calls and may do to them, over the network
// and within the loop.
namespace tw::rpc::test {
namespace {

using testing::ElementsAre;

class InterceptorTest : public testing::TestWithParam<bool> {
 protected:
    Placement at{GetParam()};

    Result<Text> say(std::string what) { return at.run(at.say(std::move(what))); }
};

INSTANTIATE_TEST_SUITE_P(Placements, InterceptorTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

/// Sends metadata, and keeps the metadata that comes back.
class MetadataSender final : public Interceptor {
 public:
    Task<Result<void>> around(const CallContext& ctx, CallInfo& call, Next next) override {
        call.request_metadata = {{"color", "blue"}, {"raw-bin", std::string{"\0\xff,", 3}}, {"te", "forbidden"}};
        auto done = co_await next(ctx);
        initial = call.initial_metadata;
        trailing = call.trailing_metadata;
        co_return done;
    }
    Metadata initial;
    Metadata trailing;
};

/// Keeps the metadata of a call, and answers with its own.
class MetadataPolicy final : public Policy {
 public:
    Part part_in(const Method&) const override { return {.before = true}; }
    ValueTask<Result<void>> before(const CallContext&, CallInfo& call) override {
        received = call.request_metadata;
        call.initial_metadata = {{"first", "1"}};
        call.trailing_metadata = {{"last-bin", std::string{"\x01\x00\x02", 3}}};
        return {};
    }
    Metadata received;
};

TEST_P(InterceptorTest, metadata_travels_both_ways_and_binary_values_survive) {
    MetadataSender sender;
    MetadataPolicy policy;
    at.client_interceptors = {&sender};
    at.use_policies({&policy});
    ASSERT_TRUE(say("hello"));
    EXPECT_EQ(policy.received, (Metadata{{"color", "blue"}, {"raw-bin", std::string{"\0\xff,", 3}}}));
    EXPECT_EQ(sender.initial, (Metadata{{"first", "1"}}));
    EXPECT_EQ(sender.trailing, (Metadata{{"last-bin", std::string{"\x01\x00\x02", 3}}}));
}

/// Records when it is entered and left. It answers the call itself if `refuse` is set.
class RecordingInterceptor final : public Interceptor {
 public:
    RecordingInterceptor(std::vector<std::string>& records, std::string name) : records_{records}, name_{std::move(name)} {}
    Task<Result<void>> around(const CallContext& ctx, CallInfo&, Next next) override {
        records_.push_back(name_ + " in");
        if (refuse) co_return Error{Code::permission_denied, "REFUSED", "No."};
        auto done = co_await next(ctx);
        records_.push_back(name_ + (done ? " out" : " failed"));
        co_return done;
    }
    bool refuse = false;

 private:
    std::vector<std::string>& records_;
    std::string name_;
};

TEST_P(InterceptorTest, interceptors_run_around_the_call_in_order) {
    std::vector<std::string> records;
    RecordingInterceptor outer{records, "outer"}, inner{records, "inner"};
    at.client_interceptors = {&outer, &inner};
    ASSERT_TRUE(say("hello"));
    EXPECT_THAT(records, ElementsAre("outer in", "inner in", "inner out", "outer out"));
}

/// Cancels the call before it passes the call on, if `cancels` is set.
class CancellingInterceptor final : public Interceptor {
 public:
    Task<Result<void>> around(const CallContext& ctx, CallInfo&, Next next) override {
        if (cancels) ctx.scope().cancel(cancelled());
        co_return co_await next(ctx);
    }
    bool cancels = false;
};

TEST_P(InterceptorTest, a_call_that_is_over_when_its_interceptors_pass_it_on_does_not_start) {
    CancellingInterceptor interceptor;
    at.client_interceptors = {&interceptor};
    ASSERT_TRUE(say("hello")) << "from now on there is a connection that waits for calls";
    interceptor.cancels = true;
    EXPECT_EQ(say("hello").error().code(), Code::cancelled);
    const auto open = [](Placement& at) -> Task<Code> {
        RootCall root{at.loop};
        const auto call = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        co_return call ? Code::ok : call.error().code();
    };
    EXPECT_EQ(at.run(open(at)), Code::cancelled);
    at.run(at.settle());
    EXPECT_EQ(at.service.calls, 1);
    EXPECT_EQ(at.over_network ? at.server().state().calls.started : 1u, 1u);
}

TEST_P(InterceptorTest, an_interceptor_may_answer_instead_of_the_callee) {
    std::vector<std::string> records;
    RecordingInterceptor caller{records, "caller"};
    at.client_interceptors = {&caller};
    caller.refuse = true;
    EXPECT_EQ(say("hello").error().reason(), "REFUSED");
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_THAT(records, ElementsAre("caller in"));
}

}  // namespace
}  // namespace tw::rpc::test
