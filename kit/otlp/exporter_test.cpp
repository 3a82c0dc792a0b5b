#include "kit/otlp/exporter.hpp"

#include "kit/async/loop_group.hpp"
#include "kit/async/sleep.hpp"
#include "kit/otlp/self_metrics.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/testing/fake_clock.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using telemetry::Signal;

/// What the receiver does with one attempt; when nothing is left it accepts.
struct Reaction {
    SendOutcome outcome;
    bool black_hole = false;
};

/// A receiver that does as it is told, and keeps what it accepted.
struct Receiver {
    std::mutex mutex;
    std::deque<Reaction> reactions;
    bool away = false;
    std::vector<std::string> requests;
    std::size_t attempts = 0;

    Reaction react(std::string_view request) {
        const std::lock_guard lock{mutex};
        ++attempts;
        if (away) return {SendOutcome::delay("away")};
        Reaction reaction;
        if (!reactions.empty()) {
            reaction = reactions.front();
            reactions.pop_front();
        }
        if (!reaction.black_hole && reaction.outcome.kind == SendOutcome::Kind::accepted) requests.emplace_back(request);
        return reaction;
    }
    template <class Request>
    std::vector<Request> parsed() {
        const std::lock_guard lock{mutex};
        std::vector<Request> result;
        for (const auto& bytes : requests) EXPECT_TRUE(result.emplace_back().ParseFromString(bytes));
        return result;
    }
    std::size_t spans() {
        std::size_t count = 0;
        for (const auto& request : parsed<ExportTraceServiceRequest>()) {
            for (const auto& resource : request.resource_spans()) {
                count += static_cast<std::size_t>(resource.scope_spans(0).spans_size());
            }
        }
        return count;
    }
};

class ScriptedTransport final : public Transport {
 public:
    explicit ScriptedTransport(Receiver& receiver) : receiver_{receiver} {}
    Task<SendOutcome> send(const CallContext& ctx, Signal, std::string_view request) override {
        const auto reaction = receiver_.react(request);
        if (reaction.black_hole) {
            static_cast<void>(co_await sleep_for(ctx, 1h));
            co_return SendOutcome::delay("nobody answered");
        }
        co_return reaction.outcome;
    }

 private:
    Receiver& receiver_;
};

class ExporterTest : public testing::Test {
 protected:
    ExporterTest() {
        for (auto* pipeline : {&options.traces, &options.metrics, &options.logs}) {
            pipeline->schedule_delay = 1h;
            pipeline->retry = {.first_delay = 1ms, .last_delay = 2ms};
        }
    }
    ~ExporterTest() override { loops.stop(); }

    /// All options are set; an exporter with one source and a recorder on each loop.
    Exporter& make() {
        exporter = std::make_unique<Exporter>(
            options,
            [this](EventLoop&, Signal signal) -> Result<std::unique_ptr<Transport>> {
                if (signal == Signal::logs) return nullptr;
                return std::make_unique<ScriptedTransport>(signal == Signal::traces ? traces : metrics);
            },
            clock, log);
        telemetry::Resource resource;
        resource.set("service.name", std::string{"shop"});
        source = exporter->add_source(std::move(resource), "tradewind", "1.0");
        return *exporter;
    }
    void submit(std::size_t records) {
        telemetry::OtlpSpanRecorder recorder{{}, records, exporter->sink(Signal::traces, source)};
        TraceContext trace{.flags = TraceContext::kSampled};
        trace.trace_id[0] = trace.span_id[0] = 1;
        for (std::size_t i = 0; i < records; ++i) {
            recorder.end(recorder.start(trace, {}, "work", telemetry::SpanKind::internal, clock.now()), clock.now());
        }
    }
    ExporterStats stats() const { return exporter->stats(Signal::traces); }

    test::FakeClock clock;
    telemetry::CollectedLogs lines;
    telemetry::Logger log{"test", clock, lines, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    ExporterOptions options;
    Receiver traces;
    Receiver metrics;
    LoopGroup loops{2};
    std::size_t source = 0;
    std::unique_ptr<Exporter> exporter;
};

TEST_F(ExporterTest, AFullBatchLeavesAtOnceWithResourceAndScope) {
    make().start();
    submit(512);
    while (stats().exported < 512) std::this_thread::yield();
    const auto requests = traces.parsed<ExportTraceServiceRequest>();
    ASSERT_EQ(requests.size(), 1U);
    const auto& resource = requests[0].resource_spans(0);
    EXPECT_EQ(resource.resource().attributes(0).key(), "service.name");
    EXPECT_EQ(resource.scope_spans(0).scope().name(), "tradewind");
    EXPECT_EQ(resource.scope_spans(0).spans_size(), 512);
}

TEST_F(ExporterTest, WhatThereIsLeavesAfterTheDelay) {
    options.traces.schedule_delay = 10ms;
    make().start();
    submit(3);
    while (stats().exported < 3) std::this_thread::yield();
    EXPECT_EQ(traces.spans(), 3U);
}

TEST_F(ExporterTest, ARequestHasNoMoreRecordsThanABatch) {
    options.traces.queue.due_records = 1'000;
    make();
    for (int i = 0; i < 5; ++i) submit(200);
    exporter->start();
    ASSERT_TRUE(exporter->flush(5s));
    const auto requests = traces.parsed<ExportTraceServiceRequest>();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].resource_spans_size(), 2);
    EXPECT_EQ(traces.spans(), 1'000U);
}

TEST_F(ExporterTest, AFlushHasEveryLoopHandOverWhatItHolds) {
    make();
    std::atomic<int> asked = 0;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        auto& loop = loops.at(i);
        exporter->flush_with(Signal::traces, &loop, [&, i] {
            EXPECT_TRUE(loops.at(i).on_this_thread());
            ++asked;
            submit(2);
        });
    }
    exporter->flush_with(Signal::traces, nullptr, [&] { ++asked; });
    loops.start();
    exporter->start();
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(traces.spans(), 4U);
}

TEST_F(ExporterTest, WhatFailsForNowIsSentAgain) {
    traces.reactions = {{SendOutcome::delay("busy")}, {SendOutcome::delay("busy")}};
    make().start();
    submit(7);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().exported, 7U);
    EXPECT_EQ(stats().requests, 3U);
    EXPECT_EQ(stats().dropped_in_all(), 0U);
    EXPECT_EQ(stats().last_error, "busy");
    EXPECT_FALSE(lines.contain("telemetry.dropped"));
}

TEST_F(ExporterTest, TheReceiverSaysWhenToComeAgain) {
    Reaction later{SendOutcome::delay("later")};
    later.outcome.retry_after = 30ms;
    traces.reactions = {later};
    make().start();
    submit(1);
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 30ms);
    EXPECT_EQ(stats().exported, 1U);
}

TEST_F(ExporterTest, ARefusalIsFinalCountedAndSaid) {
    traces.reactions = {{SendOutcome::refusal("400 bad request")}};
    make().start();
    submit(7);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().requests, 1U);
    EXPECT_EQ(stats().dropped_by(DropReason::export_failed), 7U);
    EXPECT_EQ(stats().exported, 0U);
    EXPECT_TRUE(lines.contain("telemetry.dropped"));
    EXPECT_TRUE(lines.contain("400 bad request"));
}

TEST_F(ExporterTest, ManyLossesMakeOneLine) {
    traces.reactions = std::deque<Reaction>(5, Reaction{SendOutcome::refusal("no")});
    make().start();
    for (int i = 0; i < 5; ++i) {
        submit(1);
        ASSERT_TRUE(exporter->flush(5s));
    }
    EXPECT_EQ(stats().dropped_by(DropReason::export_failed), 5U);
    EXPECT_EQ(lines.lines().size(), 1U);
}

TEST_F(ExporterTest, WhatTheReceiverRejectsOfARequestIsCounted) {
    traces.reactions = {{{.rejected = 2, .message = "two were too old"}}};
    make().start();
    submit(7);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().exported, 5U);
    EXPECT_EQ(stats().dropped_by(DropReason::rejected), 2U);
    EXPECT_TRUE(lines.contain("two were too old"));
}

TEST_F(ExporterTest, ABlackHoleCostsOneTimeout) {
    options.traces.timeout = 20ms;
    traces.reactions = {{{}, true}};
    make().start();
    submit(7);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().dropped_by(DropReason::export_failed), 7U);
    submit(3);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().exported, 3U);
}

TEST_F(ExporterTest, WhileTheReceiverIsAwayTheQueueFillsAndThenCountsExactly) {
    traces.reactions = {{{}, true}};
    options.traces.queue.records_max = 1'000;
    make().start();
    submit(512);
    while (stats().inflight < 512) std::this_thread::yield();
    for (int i = 0; i < 30; ++i) submit(100);
    EXPECT_EQ(stats().queued, 1'000U);
    EXPECT_EQ(stats().dropped_by(DropReason::queue_full), 2'000U);
    exporter->shutdown(20ms);
    EXPECT_EQ(stats().dropped_by(DropReason::shutdown), 1'512U);
    EXPECT_EQ(stats().exported, 0U);
}

TEST_F(ExporterTest, ExportResumesByItselfWhenTheReceiverIsBack) {
    options.traces.timeout = 30ms;
    options.traces.schedule_delay = 10ms;
    traces.away = true;
    make().start();
    submit(5);
    while (stats().dropped_by(DropReason::export_failed) < 5) std::this_thread::yield();
    {
        const std::lock_guard lock{traces.mutex};
        traces.away = false;
    }
    submit(4);
    while (stats().exported < 4) std::this_thread::yield();
    EXPECT_EQ(traces.spans(), 4U);
}

TEST_F(ExporterTest, ShuttingDownSendsWhatThereIsAndCountsWhatComesLater) {
    make();
    loops.start();
    exporter->flush_with(Signal::traces, &loops.at(0), [this] { submit(3); });
    exporter->start();
    submit(4);
    exporter->shutdown(5s);
    EXPECT_EQ(traces.spans(), 7U);
    submit(2);
    EXPECT_EQ(stats().dropped_by(DropReason::shutdown), 2U);
    exporter->shutdown(5s);
}

TEST_F(ExporterTest, ALoopThatDoesNotAnswerDelaysNothingForLong) {
    options.traces.gather_time_max = 10ms;
    make();
    exporter->flush_with(Signal::traces, &loops.at(0), [] {});  // never runs
    exporter->start();
    submit(4);
    exporter->shutdown(5s);
    EXPECT_EQ(traces.spans(), 4U);
}

TEST_F(ExporterTest, ASignalWithoutATransportTakesWhatItGetsAndForgetsIt) {
    make().start();
    telemetry::OtlpBatch batch{"x", 1};
    exporter->sink(Signal::logs, source)(batch);
    EXPECT_EQ(batch.records, 0U);
    EXPECT_FALSE(exporter->exports(Signal::logs));
    EXPECT_TRUE(exporter->flush(5s));
    EXPECT_EQ(exporter->stats(Signal::logs).dropped_in_all(), 0U);
}

TEST_F(ExporterTest, MetersOfAllLoopsBecomeOneRequest) {
    static constexpr telemetry::Instrument kCount{"test.count", "{x}", "Things.", telemetry::InstrumentKind::counter};
    make();
    telemetry::Meter meters[2];
    for (std::size_t i = 0; i < 2; ++i) {
        meters[i].counter(kCount).add(static_cast<double>(i + 1));
        exporter->add_meter(source, loops.at(i), meters[i]);
    }
    observe(*exporter, meters[0]);
    loops.start();
    exporter->start();
    ASSERT_TRUE(exporter->flush(5s));
    const auto requests = metrics.parsed<ExportMetricsServiceRequest>();
    ASSERT_EQ(requests.size(), 1U);
    const auto& all = requests[0].resource_metrics(0).scope_metrics(0).metrics();
    const auto found = std::ranges::find(all, "test.count", [](const auto& metric) { return metric.name(); });
    ASSERT_NE(found, all.end());
    EXPECT_EQ(found->sum().data_points(0).as_double(), 3);
    const auto dropped = std::ranges::find(all, "tw.telemetry.dropped", [](const auto& metric) { return metric.name(); });
    ASSERT_NE(dropped, all.end());
    EXPECT_EQ(dropped->sum().data_points_size(), 8);
}

TEST_F(ExporterTest, ATransportThatCannotBeMadeIsSaidAndTheOthersGoOn) {
    exporter = std::make_unique<Exporter>(
        options,
        [this](EventLoop&, Signal signal) -> Result<std::unique_ptr<Transport>> {
            if (signal == Signal::traces) return Error{Code::unimplemented, "TLS", "no TLS here"};
            return std::make_unique<ScriptedTransport>(metrics);
        },
        clock, log);
    EXPECT_TRUE(lines.contain("no TLS here"));
    EXPECT_FALSE(exporter->exports(Signal::traces));
    EXPECT_TRUE(exporter->exports(Signal::metrics));
}

}  // namespace
}  // namespace tw::otlp
