#include "apps/interop/orca_service.hpp"

#include "apps/interop/test_methods.hpp"
#include "apps/interop/test_service.hpp"
#include "kit/async/run.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::interop {
namespace {

using namespace std::chrono_literals;
using Duplex = rpc::ClientCall<StreamingOutputCallRequest, StreamingOutputCallResponse>;

OrcaLoadReportRequest every(std::int64_t seconds, std::int32_t nanos = 0) {
    OrcaLoadReportRequest request;
    request.mutable_report_interval()->set_seconds(seconds);
    request.mutable_report_interval()->set_nanos(nanos);
    return request;
}

TEST(ReportInterval, is_the_requested_interval) {
    EXPECT_EQ(report_interval(every(30)), 30s);
    EXPECT_EQ(report_interval(every(1, 500'000'000)), 1500ms);
}

TEST(ReportInterval, is_a_second_if_less_or_none_is_requested) {
    EXPECT_EQ(report_interval({}), kReportIntervalLeast);
    EXPECT_EQ(report_interval(every(0, 1)), kReportIntervalLeast);
    EXPECT_EQ(report_interval(every(-5)), kReportIntervalLeast);
    EXPECT_EQ(report_interval(every(1, -1)), kReportIntervalLeast);
}

TEST(ReportInterval, is_a_day_at_most) {
    EXPECT_EQ(report_interval(every(std::numeric_limits<std::int64_t>::max())), kReportIntervalMost);
    EXPECT_EQ(report_interval(every(24 * 3600, 1)), kReportIntervalMost);
}

/// Both services and a channel to them, on one loop.
struct OrcaTest : testing::Test {
    OrcaTest() {
        table.add(*tests, instruments);
        table.add(*orca, instruments);
    }
    ~OrcaTest() override { run_until_done(loop, settle()); }

    /// Lets all work that is ready run, turn after turn of the loop.
    Task<void> settle() {
        for (int i = 0; i < 100; ++i) co_await hop_to(loop);
    }

    Task<Result<Duplex>> claim(const CallContext& ctx, double cpu) {
        auto call =
            co_await rpc::open_call<StreamingOutputCallRequest, StreamingOutputCallResponse>(*channel, ctx, kFullDuplexCall);
        if (!call) co_return call;
        StreamingOutputCallRequest request;
        request.mutable_orca_oob_report()->set_cpu_utilization(cpu);
        request.add_response_parameters()->set_size(1);
        if (auto sent = co_await call->write(request); !sent) co_return sent.error();
        co_await settle();
        co_return call;
    }

    Task<double> told() {
        RootCall call{loop};
        const OrcaLoadReportRequest request;
        auto reports = co_await rpc::call_server_streaming<OrcaLoadReport>(*channel, call.context(), kStreamCoreMetrics, request);
        const auto first = co_await reports.value().read();
        co_return first.value().value().cpu_utilization();
    }

    EventLoop loop;
    SystemClock clock;
    Random random{7};
    telemetry::DiscardedLogs sink;
    telemetry::Logger log{"interop", clock, sink, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    telemetry::Telemetry instruments{tracer, log, meter};
    ServerLoad load;
    std::unique_ptr<rpc::Service> tests = make_test_service(load, "here");
    std::unique_ptr<rpc::Service> orca = make_orca_service(load);
    rpc::ServiceTable table;
    std::unique_ptr<rpc::Channel> channel = rpc::make_local_channel(loop, table, instruments);
};

TEST_F(OrcaTest, the_trailers_have_a_load_if_the_call_asked_for_one) {
    const auto talk = [](OrcaTest& self) -> Task<void> {
        RootCall call{self.loop};
        SimpleRequest request;
        rpc::CallOptions options;
        (*request.mutable_orca_per_query_report()->mutable_request_cost())["cost"] = 7;
        const auto asked = co_await rpc::call_unary<SimpleResponse>(*self.channel, call.context(), kUnaryCall, request, &options);
        EXPECT_TRUE(asked);
        OrcaLoadReport report;
        (*report.mutable_request_cost())["cost"] = 7;
        EXPECT_THAT(options.trailing_metadata,
                    testing::ElementsAre(testing::Pair(std::string{kLoadTrailer}, report.SerializeAsString())));

        const SimpleRequest plain;
        const auto other = co_await rpc::call_unary<SimpleResponse>(*self.channel, call.context(), kUnaryCall, plain, &options);
        EXPECT_TRUE(other);
        EXPECT_THAT(options.trailing_metadata, testing::IsEmpty());
    };
    run_until_done(loop, talk(*this));
}

TEST_F(OrcaTest, the_load_that_a_call_sets_is_streamed_too_and_stays) {
    const auto talk = [](OrcaTest& self) -> Task<void> {
        EXPECT_EQ(co_await self.told(), 0);
        {
            RootCall call{self.loop};
            auto claimed = co_await self.claim(call.context(), 0.25);
            EXPECT_TRUE(claimed);
            EXPECT_EQ(co_await self.told(), 0.25);
        }
        co_await self.settle();
        EXPECT_EQ(co_await self.told(), 0.25);
    };
    run_until_done(loop, talk(*this));
}

TEST_F(OrcaTest, while_one_call_holds_the_lock_another_waits) {
    const auto talk = [](OrcaTest& self) -> Task<void> {
        RootCall call{self.loop, Deadline::after(self.loop.now(), 10s)};
        auto first = co_await self.claim(call.context(), 0.1);
        auto second = co_await self.claim(call.context(), 0.2);
        EXPECT_EQ(self.load.report().cpu_utilization(), 0.1);
        EXPECT_TRUE(co_await first.value().finish_writes());
        co_await self.settle();
        EXPECT_EQ(self.load.report().cpu_utilization(), 0.2);
        const auto answer = co_await second.value().read();
        EXPECT_TRUE(answer && *answer);
    };
    run_until_done(loop, talk(*this));
}

TEST_F(OrcaTest, a_call_that_stops_waiting_leaves_the_lock_to_the_next) {
    const auto talk = [](OrcaTest& self) -> Task<void> {
        RootCall call{self.loop};
        RootCall impatient{self.loop};
        auto first = co_await self.claim(call.context(), 0.1);
        auto second = co_await self.claim(impatient.context(), 0.2);
        auto third = co_await self.claim(call.context(), 0.3);
        impatient.scope().cancel(cancelled());
        co_await self.settle();
        EXPECT_EQ(self.load.report().cpu_utilization(), 0.1);
        EXPECT_TRUE(co_await first.value().finish_writes());
        co_await self.settle();
        EXPECT_EQ(self.load.report().cpu_utilization(), 0.3);
    };
    run_until_done(loop, talk(*this));
}

}  // namespace
}  // namespace tw::interop
