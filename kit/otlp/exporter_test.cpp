#include "kit/otlp/exporter.hpp"

#include "kit/otlp/exporter_fixture.hpp"
#include "kit/otlp/self_metrics.hpp"

#include <algorithm>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using namespace test;
using opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

class ExporterTest : public ExporterFixture {};

TEST_F(ExporterTest, a_full_batch_leaves_at_once_with_resource_and_scope) {
    make().start();
    submit(512);
    while (stats().exported < 512) std::this_thread::yield();
    const auto requests = traces.parsed<ExportTraceServiceRequest>();
    ASSERT_EQ(requests.size(), 1U);
    const auto& resource = requests[0].resource_spans(0);
    EXPECT_EQ(resource.resource().attributes(0).key(), "service.name");
    EXPECT_EQ(resource.scope_spans(0).scope().name(), "shop");
    EXPECT_EQ(resource.scope_spans(0).spans_size(), 512);
}

TEST_F(ExporterTest, what_there_is_leaves_after_the_delay) {
    options.traces.schedule_delay = 10ms;
    make().start();
    submit(3);
    while (stats().exported < 3) std::this_thread::yield();
    EXPECT_EQ(traces.spans(), 3U);
}

TEST_F(ExporterTest, a_request_has_no_more_records_than_a_batch) {
    options.traces.queue.due_records = 1'000;
    make();
    for (int i = 0; i < 5; ++i) submit(200);
    exporter->start();
    ASSERT_TRUE(exporter->flush(5s));
    const auto requests = traces.parsed<ExportTraceServiceRequest>();
    ASSERT_EQ(requests.size(), 3U);
    // Two batches of one source are sent with one copy of its resource.
    ASSERT_EQ(requests[0].resource_spans_size(), 1);
    EXPECT_EQ(requests[0].resource_spans(0).scope_spans(0).spans_size(), 400);
    EXPECT_EQ(traces.spans(), 1'000U);
}

TEST_F(ExporterTest, a_flush_has_every_loop_hand_over_what_it_holds) {
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
    exporter->shutdown(5s);  // before the objects that the flushes refer to are destroyed
}

TEST_F(ExporterTest, what_fails_for_now_is_sent_again) {
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

TEST_F(ExporterTest, the_receiver_says_when_to_come_again) {
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

TEST_F(ExporterTest, a_refusal_is_final_counted_and_said) {
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

TEST_F(ExporterTest, many_losses_make_one_line) {
    traces.reactions = std::deque<Reaction>(5, Reaction{SendOutcome::refusal("no")});
    make().start();
    for (int i = 0; i < 5; ++i) {
        submit(1);
        ASSERT_TRUE(exporter->flush(5s));
    }
    EXPECT_EQ(stats().dropped_by(DropReason::export_failed), 5U);
    EXPECT_EQ(lines.lines().size(), 1U);
}

TEST_F(ExporterTest, a_loss_is_said_while_the_next_request_is_under_way) {
    options.traces.queue.due_records = 10'000;
    traces.reactions = {{SendOutcome::refusal("no")}, {.black_hole = true}};
    make();
    for (int i = 0; i < 5; ++i) submit(200);
    exporter->start();
    // The flush is one round with several requests, and its second one gets no answer.
    EXPECT_FALSE(exporter->flush(1ms));
    while (lines.lines().empty()) std::this_thread::yield();
    EXPECT_TRUE(lines.contain("\"tw.telemetry.dropped.export_failed\":400")) << lines.lines().back();
    exporter->shutdown(1ms);
}

TEST_F(ExporterTest, what_the_receiver_rejects_of_a_request_is_counted) {
    traces.reactions = {{{.rejected = 2, .message = "two were too old"}}};
    make().start();
    submit(7);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(stats().exported, 5U);
    EXPECT_EQ(stats().dropped_by(DropReason::rejected), 2U);
    EXPECT_TRUE(lines.contain("two were too old"));
}

TEST_F(ExporterTest, a_black_hole_costs_one_timeout) {
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

TEST_F(ExporterTest, while_the_receiver_is_away_the_queue_fills_and_then_counts_exactly) {
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

TEST_F(ExporterTest, export_resumes_by_itself_when_the_receiver_is_back) {
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

TEST_F(ExporterTest, shutting_down_sends_what_there_is_and_counts_what_comes_later) {
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

TEST_F(ExporterTest, a_loop_that_does_not_answer_delays_nothing_for_long) {
    options.traces.gather_time_max = 10ms;
    make();
    exporter->flush_with(Signal::traces, &loops.at(0), [] {});  // the loop never runs
    exporter->start();
    submit(4);
    exporter->shutdown(5s);
    EXPECT_EQ(traces.spans(), 4U);
}

TEST_F(ExporterTest, a_signal_without_a_transport_takes_what_it_gets_and_forgets_it) {
    make().start();
    telemetry::OtlpBatch batch{"x", 1};
    exporter->sink(Signal::logs, source)(batch);
    EXPECT_EQ(batch.records, 0U);
    EXPECT_FALSE(exporter->exports(Signal::logs));
    EXPECT_TRUE(exporter->flush(5s));
    EXPECT_EQ(exporter->stats(Signal::logs).dropped_in_all(), 0U);
}

TEST_F(ExporterTest, meters_of_all_loops_become_one_request) {
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

TEST_F(ExporterTest, meters_that_somebody_else_keeps_are_read_too) {
    static constexpr telemetry::Instrument kLag{"test.lag", "s", "Lag.", telemetry::InstrumentKind::gauge};
    make();
    telemetry::Meter meter;
    meter.counter(kLag).set(0.5);
    Meters registry;
    registry.add(source, loops.at(0), meter);
    exporter->collect_from(registry);
    loops.start();
    exporter->start();
    exporter->shutdown(5s);
    const auto requests = metrics.parsed<ExportMetricsServiceRequest>();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].resource_metrics(0).scope_metrics(0).metrics(0).name(), "test.lag");
}

TEST_F(ExporterTest, a_transport_that_cannot_be_made_is_said_and_the_others_go_on) {
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
