#include "kit/rpc/fault_injection.hpp"

#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(FaultText, a_fault_is_read_and_written_as_text) {
    const auto faults = read_faults("a.B/C; latency_ms=200 ;code=NOT_FOUND;percent=5, a.B/*;abort");
    ASSERT_TRUE(faults);
    ASSERT_EQ(faults->size(), 2U);
    EXPECT_EQ(faults->at(0).latency, 200ms);
    EXPECT_EQ(faults->at(0).code, Code::not_found);
    EXPECT_EQ(faults->at(0).percent, 5);
    EXPECT_EQ(faults->at(0).text(), "a.B/C;latency_ms=200;code=NOT_FOUND;percent=5");
    EXPECT_EQ(faults->at(1).text(), "a.B/*;abort");
}

TEST(FaultText, what_is_no_fault_or_beyond_the_bounds_is_refused) {
    for (const auto* text : {"abort", "a.B/C", "/C;abort", "a.B/;abort", "a.B/C;latency_ms=0", "a.B/C;latency_ms=60001",
                             "a.B/C;latency_ms=2x", "a.B/C;code=OK", "a.B/C;code=unavailable", "a.B/C;abort;percent=0",
                             "a.B/C;abort;percent=101", "a.B/C;abort;code=NOT_FOUND", "a.B/C;boom", "a.B/C;abort,,"}) {
        const auto faults = read_faults(text);
        ASSERT_FALSE(faults) << text;
        EXPECT_EQ(faults.error().code(), Code::invalid_argument) << text;
        EXPECT_EQ(faults.error().reason(), "MALFORMED_FAULT") << text;
    }
    std::string many;
    for (int i = 0; i < 9; ++i) many += "a.B/C;abort,";
    many.pop_back();
    EXPECT_FALSE(read_faults(many));
    EXPECT_FALSE(read_faults("a.B/" + std::string(2'000, 'C') + ";abort"));
}

TEST(FaultText, a_fault_concerns_its_method_or_all_of_a_service) {
    const auto concerns = [](std::string method) { return Fault{.method = std::move(method)}.concerns(kSay); };
    EXPECT_TRUE(concerns("test.EchoService/Say"));
    EXPECT_TRUE(concerns("test.EchoService/*"));
    EXPECT_FALSE(concerns("test.EchoService/Sa"));
    EXPECT_FALSE(concerns("test.Echo/*"));
    EXPECT_FALSE(concerns("/*"));
}

class FaultInjectionTest : public testing::TestWithParam<bool> {
 protected:
    FaultInjectionTest() { at.use_policies({&faults}); }

    Result<Text> say_with(std::string fault) {
        CallOptions options;
        options.metadata.emplace_back("x-tw-fault", std::move(fault));
        return at.run([](Placement& at, CallOptions& options) -> Task<Result<Text>> {
            RootCall root{at.loop};
            const auto request = text("hello");
            co_return co_await call_unary<Text>(at.channel(), root.context(), kSay, request, &options);
        }(at, options));
    }

    Placement at{GetParam()};
    std::shared_ptr<StandingFaults> standing = std::make_shared<StandingFaults>();
    FaultInjection faults{at.random, {at.server_tracer, at.log, at.server_meter}, standing};
};

INSTANTIATE_TEST_SUITE_P(Placements, FaultInjectionTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

TEST_P(FaultInjectionTest, faults_of_the_process_hit_calls_that_ask_for_nothing_until_they_are_changed) {
    standing->set(read_faults("test.EchoService/*;code=NOT_FOUND").value());
    EXPECT_EQ(say_with("test.EchoService/Act;code=ABORTED").error().code(), Code::not_found);
    EXPECT_EQ(say_with("test.EchoService/Say;code=ABORTED").error().code(), Code::aborted) << "the call's own fault goes first";
    standing->set({});
    EXPECT_TRUE(say_with("test.EchoService/Act;code=ABORTED"));
}

TEST_P(FaultInjectionTest, a_call_fails_with_the_code_that_its_caller_asks_for) {
    const auto failed = say_with("test.EchoService/Say;code=NOT_FOUND");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Code::not_found);
    EXPECT_EQ(failed.error().reason(), "FAULT_INJECTED");
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_TRUE(at.logs.contain("rpc.fault_injected"));
    EXPECT_TRUE(say_with("test.EchoService/Act;code=NOT_FOUND")) << "another method is not concerned";
}

TEST_P(FaultInjectionTest, a_call_takes_longer) {
    const auto begun = at.loop.now();
    EXPECT_TRUE(say_with("test.EchoService/*;latency_ms=60"));
    EXPECT_GE(at.loop.now() - begun, 50ms);
}

TEST_P(FaultInjectionTest, a_call_ends_without_an_answer) {
    const auto failed = say_with("test.EchoService/Say;abort");
    ASSERT_FALSE(failed);
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_EQ(failed.error().code(), GetParam() ? Code::internal : Code::unavailable);
    EXPECT_TRUE(say_with("test.EchoService/Act;abort")) << "the connection goes on";
}

TEST_P(FaultInjectionTest, a_share_of_the_calls_is_hit) {
    int failures = 0;
    for (int i = 0; i < 200; ++i) {
        if (!say_with("test.EchoService/Say;code=ABORTED;percent=25")) ++failures;
    }
    EXPECT_GT(failures, 20);
    EXPECT_LT(failures, 80);
}

TEST_P(FaultInjectionTest, a_fault_that_cannot_be_read_is_refused) {
    const auto refused = say_with("Say;abort");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "MALFORMED_FAULT");
}

TEST_P(FaultInjectionTest, faults_travel_on_in_the_baggage) {
    ASSERT_TRUE(say_with("other.Service/Method;abort"));
    EXPECT_THAT(at.service.attributes.baggage, HasSubstr("tw.fault=other.Service/Method"));
}

TEST_P(FaultInjectionTest, faults_in_the_baggage_are_injected) {
    auto attributes = std::make_shared<CallAttributes>();
    attributes->baggage = "a=1,tw.fault=test.EchoService/Say%3Bcode%3DDATA_LOSS";
    const auto failed = at.run([](Placement& at, std::shared_ptr<CallAttributes> given) -> Task<Result<Text>> {
        RootCall root{at.loop};
        const auto ctx = root.context().with_attributes(std::move(given));
        const auto request = text("hello");
        co_return co_await call_unary<Text>(at.channel(), ctx, kSay, request);
    }(at, std::move(attributes)));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Code::data_loss);
}

TEST_P(FaultInjectionTest, without_the_policy_nothing_is_injected) {
    at.use_policies({});
    EXPECT_TRUE(say_with("test.EchoService/Say;code=NOT_FOUND"));
}

}  // namespace
}  // namespace tw::rpc::test
