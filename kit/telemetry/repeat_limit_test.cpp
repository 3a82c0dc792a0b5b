#include "kit/telemetry/repeat_limit.hpp"

#include "kit/async/event_loop.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/log.hpp"
#include "kit/testing/fake_clock.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

using namespace std::chrono_literals;

class RepeatLimitTest : public testing::Test {
 protected:
    int lines_with(std::string_view text) const {
        int count = 0;
        for (const auto& line : logs_.lines()) count += line.contains(text) ? 1 : 0;
        return count;
    }
    Logger log_of(std::uint32_t repeats_max) { return {"user-service", clock_, logs_, level_, nullptr, repeats_max}; }

    test::FakeClock clock_;
    CollectedLogs logs_;
    std::shared_ptr<std::atomic<Severity>> level_ = std::make_shared<std::atomic<Severity>>(Severity::info);
};

TEST_F(RepeatLimitTest, as_many_records_of_a_kind_as_allowed_are_written_and_the_others_counted) {
    const auto log = log_of(3);
    for (int i = 0; i < 1'000; ++i) log.limited(Severity::info, "http.rejected", {{"error.type", "BAD"}}, "no request");
    EXPECT_EQ(lines_with("http.rejected"), 3);
    EXPECT_EQ(log.left_out(), 997U);
}

TEST_F(RepeatLimitTest, what_was_left_out_is_told_once_when_the_window_has_ended) {
    const auto log = log_of(3);
    for (int i = 0; i < 10; ++i) log.limited(Severity::warn, "tls.refused", {}, "refused");
    log.report_left_out();
    EXPECT_EQ(lines_with("log.repeated"), 0);
    clock_.advance(RepeatLimit::kWindow);
    log.report_left_out();
    log.report_left_out();
    EXPECT_EQ(lines_with("log.repeated"), 1);
    EXPECT_TRUE(logs_.contain(R"("severity_text":"WARN")"));
    EXPECT_TRUE(logs_.contain(R"("body":"tls.refused was left out 7 times: refused")"));
    EXPECT_TRUE(logs_.contain(R"("attributes":{"tw.log.event":"tls.refused","tw.log.left_out":7})"));
    log.limited(Severity::warn, "tls.refused", {}, "refused");
    EXPECT_EQ(lines_with(R"("event_name":"tls.refused")"), 4);
}

TEST_F(RepeatLimitTest, what_goes_on_for_several_windows_is_told_of_in_full) {
    const auto log = log_of(1);
    for (int i = 0; i < 5; ++i) {
        log.limited(Severity::warn, "x", {}, "x");
        log.limited(Severity::warn, "x", {}, "x");
        clock_.advance(RepeatLimit::kWindow);
    }
    log.report_left_out();
    EXPECT_TRUE(logs_.contain("x was left out 5 times"));
    EXPECT_EQ(lines_with(R"("event_name":"x")"), 5);
}

TEST_F(RepeatLimitTest, at_the_end_of_the_process_the_last_window_is_told_of_too) {
    const auto log = log_of(1);
    log.limited(Severity::error, "x", {{"error.type", "T"}}, "x");
    log.limited(Severity::error, "x", {{"error.type", "T"}}, "x");
    log.report_left_out(true);
    EXPECT_TRUE(logs_.contain(R"("body":"x was left out 1 time")"));
    EXPECT_TRUE(logs_.contain(R"({"tw.log.event":"x","error.type":"T","tw.log.left_out":1})"));
}

TEST_F(RepeatLimitTest, events_and_error_types_are_limited_apart) {
    const auto log = log_of(1);
    for (int i = 0; i < 2; ++i) {
        log.limited(Severity::warn, "a", {{"error.type", "ONE"}}, "x");
        log.limited(Severity::warn, "a", {{"error.type", "TWO"}}, "x");
        log.limited(Severity::warn, "b", {}, "x");
    }
    EXPECT_EQ(logs_.lines().size(), 3U);
}

TEST_F(RepeatLimitTest, records_without_an_error_type_are_the_same_if_they_say_the_same) {
    const auto log = log_of(1);
    for (int i = 0; i < 2; ++i) {
        for (const auto* body : {"OTEL_A: no", "OTEL_B: no"}) log.log(Severity::warn, "setting_ignored", {}, body);
    }
    EXPECT_EQ(logs_.lines().size(), 2U);
    log.report_left_out(true);
    EXPECT_TRUE(logs_.contain("setting_ignored was left out 1 time: OTEL_A: no"));
}

TEST_F(RepeatLimitTest, warnings_and_errors_are_limited_and_what_happened_as_it_should_is_not) {
    const auto log = log_of(2);
    EventLoop loop;
    RootCall call{loop};
    for (int i = 0; i < 5; ++i) {
        log.info(call.context(), "order.created", {}, "x");
        log.log(Severity::info, "started", {}, "x");
        log.warn(call.context(), "slow", {}, "x");
        log.error(call.context(), "failed", {}, "x");
        log.log(Severity::warn, "away", {}, "x");
    }
    EXPECT_EQ(lines_with("order.created"), 5);
    EXPECT_EQ(lines_with("started"), 5);
    for (const auto* event : {"slow", "failed", "away"}) EXPECT_EQ(lines_with(event), 2) << event;
}

TEST_F(RepeatLimitTest, the_logs_of_all_loops_share_a_limit) {
    const auto log = log_of(2);
    const auto other = log.recorded_by(nullptr);
    for (int i = 0; i < 2; ++i) {
        log.limited(Severity::warn, "x", {}, "x");
        other.limited(Severity::warn, "x", {}, "x");
    }
    EXPECT_EQ(logs_.lines().size(), 2U);
}

TEST_F(RepeatLimitTest, zero_means_no_limit) {
    const auto log = log_of(0);
    for (int i = 0; i < 1'000; ++i) log.limited(Severity::warn, "x", {}, "x");
    EXPECT_EQ(logs_.lines().size(), 1'000U);
    EXPECT_EQ(log.left_out(), 0U);
}

TEST_F(RepeatLimitTest, kinds_beyond_a_bound_share_one_count) {
    const auto log = log_of(1);
    for (std::size_t i = 0; i < RepeatLimit::kKindsMax + 50; ++i) {
        log.limited(Severity::warn, "x", {{"error.type", std::to_string(i)}}, "x");
    }
    EXPECT_EQ(logs_.lines().size(), RepeatLimit::kKindsMax + 1);
    log.report_left_out(true);
    EXPECT_TRUE(logs_.contain("log.other_events was left out 49 times"));
    clock_.advance(RepeatLimit::kWindow);
    log.report_left_out();
    log.limited(Severity::warn, "x", {{"error.type", "new"}}, "x");
    EXPECT_TRUE(logs_.contain(R"("error.type":"new")"));
}

}  // namespace
}  // namespace tw::telemetry
