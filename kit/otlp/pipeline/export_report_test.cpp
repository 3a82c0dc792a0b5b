#include "kit/otlp/pipeline/export_report.hpp"

#include "kit/telemetry/collected_logs.hpp"

#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;

class ExportReportTest : public ::testing::Test {
 protected:
    void drop(std::uint64_t records) { stats.dropped[static_cast<std::size_t>(DropReason::export_failed)] += records; }
    std::size_t said() const { return sink.lines().size(); }

    SystemClock clock;
    telemetry::CollectedLogs sink;
    telemetry::Logger log{"test", clock, sink, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    ExporterStats stats{.enabled = true};
    SteadyTime now = SteadyTime{} + 1h;
};

TEST_F(ExportReportTest, what_is_lost_is_told_once_a_minute) {
    ExportReport report{"traces", log};
    drop(3);
    report.on_progress(stats, now);
    drop(4);
    report.on_progress(stats, now + 59s);
    EXPECT_EQ(said(), 1U);
    report.on_progress(stats, now + 60s);
    EXPECT_EQ(said(), 2U);
    EXPECT_TRUE(sink.contain("\"tw.telemetry.dropped.export_failed\":4")) << sink.lines().back();
}

TEST_F(ExportReportTest, an_optional_receiver_that_never_answered_is_passed_over_in_silence) {
    ExportReport report{"traces", log, true};
    for (int minute = 0; minute < 10; ++minute) {
        drop(100);
        report.on_progress(stats, now + minute * 1min);
    }
    EXPECT_EQ(said(), 0U);
}

TEST_F(ExportReportTest, an_optional_receiver_is_expected_once_it_has_answered) {
    ExportReport report{"traces", log, true};
    drop(100);
    report.on_progress(stats, now);
    stats.exported = 7;
    report.on_progress(stats, now + 1s);
    EXPECT_EQ(said(), 0U);
    drop(5);
    report.on_progress(stats, now + 2s);
    EXPECT_EQ(said(), 1U);
    EXPECT_TRUE(sink.contain("\"tw.telemetry.dropped.export_failed\":5")) << sink.lines().back();
}

}  // namespace
}  // namespace tw::otlp
