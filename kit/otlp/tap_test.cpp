#include "kit/otlp/tap.hpp"

#include "kit/otlp/exporter_fixture.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// Counts the spans of the requests that a tap passes on.
std::size_t spans_of(std::string_view request) {
    ExportTraceServiceRequest parsed;
    EXPECT_TRUE(parsed.ParseFromArray(request.data(), static_cast<int>(request.size())));
    std::size_t count = 0;
    for (const auto& resource : parsed.resource_spans()) {
        for (const auto& scope : resource.scope_spans()) count += static_cast<std::size_t>(scope.spans_size());
    }
    return count;
}

class TapTest : public ExporterFixture {
 protected:
    TapTest() {
        tap = &tapped;
        tapped.listen([this](Signal signal, std::string_view request, std::uint64_t records) {
            if (signal == Signal::traces) spans += spans_of(request);
            lost += records;
        });
    }
    ~TapTest() override { exporter.reset(); }

    Tap tapped;
    std::atomic<std::size_t> spans = 0;
    std::atomic<std::uint64_t> lost = 0;
};

TEST_F(TapTest, receiver_and_tap_get_each_span_once) {
    make().start();
    submit(5);
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(spans, 5U);
    EXPECT_EQ(traces.spans(), 5U);
    EXPECT_TRUE(exporter->flush(5s));
    EXPECT_EQ(spans, 5U);
    EXPECT_EQ(traces.spans(), 5U);
}

TEST_F(TapTest, a_receiver_that_does_not_answer_does_not_delay_the_tap) {
    traces.reactions = {{.outcome = {}, .black_hole = true}};
    options.traces.timeout = 1h;
    make().start();
    submit(512);
    while (spans < 512) std::this_thread::yield();
    submit(512);
    while (spans < 1'024) std::this_thread::yield();
    EXPECT_EQ(traces.spans(), 0U);
}

TEST_F(TapTest, a_signal_without_a_receiver_is_recorded_for_the_tap_alone) {
    make();
    EXPECT_TRUE(exporter->exports(Signal::logs));
    EXPECT_FALSE(exporter->stats(Signal::logs).enabled);
}

TEST_F(TapTest, a_flush_of_the_tap_leaves_the_receiver_alone) {
    traces.reactions = {{.outcome = {}, .black_hole = true}};
    make().start();
    submit(5);
    exporter->flush_tap();
    while (spans < 5) std::this_thread::yield();
    EXPECT_EQ(traces.spans(), 0U);
}

TEST_F(TapTest, what_the_queue_does_not_take_is_told_as_lost) {
    make();
    for (int i = 0; i < 18; ++i) submit(1'000);
    exporter->start();
    ASSERT_TRUE(exporter->flush(5s));
    EXPECT_EQ(spans, 16'000U);
    EXPECT_EQ(lost, 2'000U);
}

TEST(EarlyTap, the_first_listener_gets_what_came_before_it_as_far_as_it_was_kept) {
    Tap tap;
    tap.pass_on(Signal::traces, "first", 0);
    tap.pass_on(Signal::logs, std::string(Tap::kEarlyBytesMax, 'x'), 0);
    std::vector<std::string> got;
    tap.listen([&got](Signal, std::string_view request, std::uint64_t) { got.emplace_back(request); });
    tap.pass_on(Signal::logs, "second", 0);
    tap.listen({});
    tap.pass_on(Signal::logs, "third", 0);
    EXPECT_THAT(got, testing::ElementsAre("first", "second"));
}

}  // namespace
}  // namespace tw::otlp
