#include "kit/telemetry/log.hpp"

#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/log_levels.hpp"
#include "kit/telemetry/log_line.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

class StoppedClock final : public Clock {
 public:
    Timestamp now() const override { return *Timestamp::parse("2026-01-31T12:00:00.000123Z"); }
    SteadyTime steady_now() const override { return {}; }
};

class LoggerTest : public testing::Test {
 protected:
    StoppedClock clock_;
    CollectedLogs logs_;
    std::shared_ptr<std::atomic<Severity>> level_ = std::make_shared<std::atomic<Severity>>(Severity::info);
    Logger log_{"user-service", clock_, logs_, level_};
};

TEST_F(LoggerTest, writes_one_json_object_a_line) {
    log_.log(Severity::warn, "user.created", {{"shop.user.id", "u1"}, {"count", 3}, {"fresh", true}, {"share", 0.5}}, "hello");
    EXPECT_EQ(logs_.lines().at(0),
              R"({"timestamp":"2026-01-31T12:00:00.000123Z","severity_text":"WARN","severity_number":13,"body":"hello",)"
              R"("event_name":"user.created","service.name":"user-service",)"
              R"("attributes":{"shop.user.id":"u1","count":3,"fresh":true,"share":0.5}})");
}

TEST_F(LoggerTest, what_becomes_a_line_is_recorded_too) {
    class Recorder final : public LogRecorder {
     public:
        void record(const LogRecord& record) override {
            events.emplace_back(record.event);
            bodies.emplace_back(record.body);
            in_trace = record.trace != nullptr;
        }
        std::vector<std::string> events;
        std::vector<std::string> bodies;
        bool in_trace = false;
    } recorder;
    EventLoop loop;
    RootCall call{loop};
    const auto recorded = log_.recorded_by(&recorder);
    recorded.debug(call.context(), "too.quiet", {}, "x");
    recorded.info(call.context(), "user.created", {}, "hello");
    EXPECT_EQ(recorder.events, std::vector<std::string>{"user.created"});
    EXPECT_EQ(recorder.bodies, std::vector<std::string>{"hello"});
    EXPECT_TRUE(recorder.in_trace);
    log_.info(call.context(), "of.the.other", {}, "x");
    EXPECT_EQ(recorder.events.size(), 1U);
    EXPECT_EQ(logs_.lines().size(), 2U);
}

TEST_F(LoggerTest, names_the_trace_of_the_call) {
    EventLoop loop;
    RootCall call{loop};
    TraceContext trace;
    trace.trace_id[0] = 0xAB;
    trace.span_id[7] = 0x01;
    trace.flags = 3;
    log_.info(call.context().with_trace(trace), "x", {}, "x");
    EXPECT_TRUE(
        logs_.contain(R"("trace_id":"ab000000000000000000000000000000","span_id":"0000000000000001","trace_flags":"03")"));
    log_.info(call.context(), "y", {}, "y");
    EXPECT_EQ(logs_.lines().at(1).find("trace_id"), std::string::npos);
}

TEST_F(LoggerTest, escapes_what_would_break_the_line_or_the_terminal) {
    log_.log(Severity::info, "x", {}, "a\"b\\c\n\r\t\x01\x1B[31m\x7F");
    EXPECT_TRUE(logs_.contain(R"("body":"a\"b\\c\n\r\t\u0001\u001b[31m\u007f")"));
}

TEST_F(LoggerTest, keeps_characters_beyond_ascii_and_replaces_what_is_not_utf8) {
    log_.log(Severity::info, "x", {}, "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xFF\xC3 \xED\xA0\x80.");
    EXPECT_TRUE(
        logs_.contain("\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD.\""));
}

TEST_F(LoggerTest, writes_numbers_that_json_lacks_as_null) {
    log_.log(Severity::info, "x", {{"a", std::nan("")}, {"b", HUGE_VAL}, {"c", 1e300}, {"d", std::int64_t{-9}}}, "x");
    EXPECT_TRUE(logs_.contain(R"({"a":null,"b":null,"c":1e+300,"d":-9})"));
}

TEST_F(LoggerTest, says_nothing_below_its_level_and_follows_its_changes) {
    EventLoop loop;
    RootCall call{loop};
    log_.debug(call.context(), "quiet", {}, "x");
    EXPECT_TRUE(logs_.lines().empty());
    *level_ = Severity::debug;
    log_.debug(call.context(), "loud", {}, "x");
    EXPECT_EQ(logs_.lines().size(), 1U);
    *level_ = Severity::off;
    log_.log(Severity::fatal, "never", {}, "x");
    EXPECT_EQ(logs_.lines().size(), 1U);
}

std::string line_of(LogStyle style) {
    std::string out;
    const LogRecord record{.when = *Timestamp::parse("2026-01-31T12:00:00.000123Z"),
                           .severity = Severity::info,
                           .service_name = "user-service",
                           .event = "user.created",
                           .attributes = {{"id", "u1"}, {"name", "two words"}, {"n", 1}},
                           .body = "done"};
    append_log_line(out, record, style);
    return out;
}

TEST(LogLine, is_readable_text_for_a_terminal) {
    EXPECT_EQ(line_of(LogStyle::plain), R"(12:00:00.000 INFO  user-service    user.created  done id=u1 name="two words" n=1)");
}

TEST(LogLine, is_coloured_only_where_asked_for) {
    EXPECT_NE(line_of(LogStyle::coloured).find("\x1B[32mINFO\x1B[0m"), std::string::npos);
    EXPECT_EQ(line_of(LogStyle::plain).find('\x1B'), std::string::npos);
}

TEST(LogLine, style_follows_the_terminal_and_no_color) {
    EXPECT_EQ(choose_log_style(false, nullptr), LogStyle::json);
    EXPECT_EQ(choose_log_style(true, nullptr), LogStyle::coloured);
    EXPECT_EQ(choose_log_style(true, ""), LogStyle::coloured);
    EXPECT_EQ(choose_log_style(true, "1"), LogStyle::plain);
    EXPECT_EQ(choose_log_style(false, "1"), LogStyle::json);
}

TEST(Severities, have_the_numbers_of_otlp_and_names_in_both_directions) {
    for (const auto* name : {"trace", "debug", "info", "warn", "error", "fatal", "off"})
        EXPECT_TRUE(parse_severity(name)) << name;
    EXPECT_EQ(static_cast<int>(*parse_severity("error")), 17);
    EXPECT_EQ(severity_name(Severity::debug), "DEBUG");
    for (const auto* name : {"warning", "Warning", "WARN", "wArN"}) EXPECT_EQ(parse_severity(name), Severity::warn) << name;
    EXPECT_EQ(parse_severity("err"), Severity::error);
    EXPECT_EQ(parse_severity("critical"), Severity::fatal);
    EXPECT_EQ(parse_severity("notice"), Severity::info);
    EXPECT_EQ(parse_severity("none"), Severity::off);
    EXPECT_EQ(severity_name(Severity::warn), "WARN");
    EXPECT_FALSE(parse_severity("loud"));
    EXPECT_FALSE(parse_severity(""));
}

TEST(LogLevelsTest, names_of_levels_that_other_tools_use_are_taken) {
    LogLevels levels{{"runtime", "order"}};
    ASSERT_TRUE(levels.apply("WARNING,order=critical"));
    EXPECT_EQ(levels.find("runtime")->load(), Severity::warn);
    EXPECT_EQ(levels.find("order")->load(), Severity::fatal);
}

TEST(LogLevelsTest, a_level_alone_is_for_all_and_a_name_for_one) {
    LogLevels levels{{"runtime", "order", "user"}};
    const auto order = levels.find("order");
    ASSERT_TRUE(levels.apply("order = debug, WARN"));
    EXPECT_EQ(order->load(), Severity::debug);
    EXPECT_EQ(levels.find("user")->load(), Severity::warn);
    ASSERT_TRUE(levels.apply("user=error"));
    EXPECT_EQ(order->load(), Severity::debug);
    EXPECT_EQ(levels.all().at(2), (std::pair<std::string, Severity>{"user", Severity::error}));
}

TEST(LogLevelsTest, an_unknown_name_or_level_is_refused_and_changes_nothing) {
    LogLevels levels{{"runtime", "order"}};
    for (const auto* bad : {"debug,odrer=info", "debug,order=loud", "", "debug,", "order=", "=debug"}) {
        const auto applied = levels.apply(bad);
        ASSERT_FALSE(applied) << bad;
        EXPECT_EQ(applied.error().code(), Code::invalid_argument);
        EXPECT_EQ(levels.find("runtime")->load(), Severity::info);
    }
    EXPECT_NE(levels.apply("odrer=info").error().detail().find("runtime, order"), std::string::npos);
    EXPECT_EQ(levels.find("nobody"), nullptr);
}

}  // namespace
}  // namespace tw::telemetry
