#include "services/console/intake_metrics.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace tw::console {
namespace {

using telemetry::Signal;

class IntakeMetricsTest : public testing::Test {
 protected:
    IntakeMetricsTest() { observe(stats, meter); }

    /// The points of a metric, with attributes that have this value among them.
    telemetry::MetricPoint point(std::string_view name, const std::string& first = {}, const std::string& second = {}) {
        std::vector<telemetry::MetricPoint> points;
        meter.collect(points);
        const auto has = [](const telemetry::MetricPoint& point, const std::string& value) {
            return value.empty() || std::ranges::any_of(point.attributes, [&](const auto& each) {
                       return each.second == telemetry::MetricValue{value};
                   });
        };
        for (const auto& each : points) {
            if (each.instrument->name == name && has(each, first) && has(each, second)) return each;
        }
        ADD_FAILURE() << "no point of " << name;
        return {};
    }

    std::shared_ptr<IntakeStats> stats = std::make_shared<IntakeStats>();
    telemetry::Meter meter;
};

TEST_F(IntakeMetricsTest, records_are_counted_by_signal_and_by_reason) {
    stats->taken(Signal::traces, 8);
    stats->left_out(Signal::traces, 1);
    stats->refused(Signal::traces, Refusal::share_full, 2);
    stats->refused(Signal::logs, Refusal::unreadable, 3);
    EXPECT_EQ(point("tw.console.received", "traces").value, 10);
    EXPECT_EQ(point("tw.console.received", "logs").value, 3);
    EXPECT_EQ(point("tw.console.stored", "traces").value, 7);
    EXPECT_EQ(point("tw.console.left_out", "traces").value, 1);
    EXPECT_EQ(point("tw.console.refused", "traces", "share_full").value, 2);
    EXPECT_EQ(point("tw.console.refused", "traces", "unreadable").value, 0);
    EXPECT_EQ(point("tw.console.refused", "logs", "unreadable").value, 3);
}

TEST_F(IntakeMetricsTest, bytes_and_commits_are_those_of_now) {
    stats->keeps(100, 2000);
    stats->committed(std::chrono::milliseconds{2});
    stats->committed(std::chrono::milliseconds{3});
    EXPECT_EQ(point("tw.console.waiting").value, 100);
    EXPECT_EQ(point("tw.console.kept").value, 2000);
    const auto commits = point("tw.console.commit.duration");
    EXPECT_EQ(commits.count, 2U);
    EXPECT_DOUBLE_EQ(commits.sum, 0.005);
}

}  // namespace
}  // namespace tw::console
