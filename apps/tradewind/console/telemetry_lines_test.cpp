#include "apps/tradewind/console/telemetry_lines.hpp"

#include "apps/tradewind/console/console_client.hpp"
#include "apps/tradewind/console/list_options.hpp"
#include "apps/tradewind/console/signal_list.hpp"
#include "apps/tradewind/console/time_argument.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const Painter kPlain{false};
const auto kNow = Timestamp::from_unix_micros(1'800'000'000'000'000);

TEST(TerminalText, foreign_text_is_shown_and_never_obeyed) {
    EXPECT_EQ(visible("plain, ünïcode, 漢字 🙂"), "plain, ünïcode, 漢字 🙂");
    EXPECT_EQ(visible("\x1b[2Jgone"), "<U+001B>[2Jgone");
    EXPECT_EQ(visible("two\nlines\tand\r"), "two\\nlines\\tand<U+000D>");
    EXPECT_EQ(visible("\u202Etxt.exe\u200B"), "<U+202E>txt.exe<U+200B>");
    EXPECT_EQ(visible("\u009B31m"), "<U+009B>31m") << "the 8-bit form of ESC [";
    EXPECT_EQ(visible(std::string_view{"a\xff\xc0\xafz", 5}), "a<0xFF><0xC0><0xAF>z");
    EXPECT_EQ(visible("cut \xe2\x82"), "cut <0xE2><0x82>");
}

TEST(TerminalText, only_a_painter_with_colours_writes_escapes) {
    EXPECT_EQ(Painter{true}(Colour::red, "x"), "\x1b[31mx\x1b[0m");
    EXPECT_EQ(kPlain(Colour::red, "x"), "x");
}

::console::LogRecord log_record() {
    ::console::LogRecord log;
    log.set_time_us(kNow.unix_micros());
    log.set_service("order-service");
    log.set_severity(13);
    log.set_event_name("order.hold_not_released");
    log.set_body("the hold stays\x1b[2J");
    log.set_trace_id("0af7651916cd43dd8448eb211c80319c");
    auto& attribute = *log.add_attributes();
    attribute.set_key("order");
    attribute.set_value("01a2\n");
    return log;
}

TEST(TelemetryLines, a_log_record_is_one_line_with_all_that_it_says) {
    const auto line = log_line(kPlain, log_record());
    EXPECT_THAT(line, EndsWith("  WARN   order-service  order.hold_not_released  the hold stays<U+001B>[2J  order=01a2\\n"
                               "  trace 0af7651916cd43dd8448eb211c80319c\n"));
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(TelemetryLines, a_long_value_is_cut_between_two_characters) {
    auto log = log_record();
    std::string text;
    for (int i = 0; i < 1'000; ++i) text += "ü";
    log.set_body("x" + text);
    const auto line = log_line(kPlain, log);
    EXPECT_THAT(line, HasSubstr("ü…"));
    EXPECT_THAT(line, Not(HasSubstr("<0x")));
}

TEST(TelemetryLines, a_trace_that_failed_says_why) {
    ::console::TraceSummary trace;
    trace.set_trace_id("0af7651916cd43dd8448eb211c80319c");
    trace.set_service("api-gateway");
    trace.set_name("POST /api/orders");
    trace.set_duration_ns(494'200'000);
    trace.set_spans(12);
    trace.set_status("400");
    trace.set_errors(1);
    trace.set_error("OUT_OF_STOCK");
    EXPECT_THAT(trace_line(kPlain, trace), EndsWith("   494.20 ms    12 spans  0af7651916cd43dd8448eb211c80319c  "
                                                    "api-gateway: POST /api/orders  400  failed: OUT_OF_STOCK\n"));
}

void add_span(::console::Trace& trace, int parent, std::int64_t start_ns, int name, int status = 0, int note = 0) {
    trace.add_span_ids("b7ad6b7169203331");
    trace.add_parents(parent);
    trace.add_orphans(false);
    trace.add_start_ns(start_ns);
    trace.add_duration_ns(1'000'000);
    trace.add_names(name);
    trace.add_services(1);
    trace.add_kinds(2);
    trace.add_statuses(status);
    trace.add_notes(note);
    trace.add_logs(0);
}

TEST(TelemetryLines, a_span_stands_below_its_parent_also_if_another_one_came_between) {
    ::console::Trace trace;
    for (const auto* text : {"", "shop", "root", "first", "second", "inner", "NO"}) trace.add_texts(text);
    trace.mutable_summary()->set_spans(4);
    add_span(trace, -1, 0, 2);
    add_span(trace, 0, 100'000, 3);
    add_span(trace, 0, 200'000, 4);
    add_span(trace, 1, 300'000, 5, 2, 6);
    EXPECT_THAT(trace_tree(kPlain, trace), EndsWith("      0.00       1.00  shop: root (server)\n"
                                                    "      0.10       1.00    shop: first (server)\n"
                                                    "      0.30       1.00      shop: inner (server)  failed: NO\n"
                                                    "      0.20       1.00    shop: second (server)\n"));
}

TEST(TimeArgument, is_a_distance_or_a_time) {
    EXPECT_EQ(read_time_argument("--from", "-15m", kNow).value(), kNow - std::chrono::minutes{15});
    EXPECT_EQ(read_time_argument("--from", "-2d", kNow).value(), kNow - std::chrono::hours{48});
    EXPECT_EQ(read_time_argument("--from", "2026-01-31T12:00:00Z", kNow).value().to_string(), "2026-01-31T12:00:00.000000Z");
    for (const auto* wrong : {"", "-", "-15", "15m", "-15x", "--15m", "-9999999999999999999d", "yesterday"})
        EXPECT_THAT(read_time_argument("--from", wrong, kNow).error().detail(), HasSubstr("--from takes a time such as -15m"));
}

std::string usage_of(std::initializer_list<std::pair<const char*, std::vector<std::string>>> given) {
    cli::Arguments arguments;
    for (const auto& [name, values] : given) arguments.set(name, values);
    const auto options = read_list_options(arguments, kNow);
    return options ? fmt::format("{}|{}|{}", options->query, options->limit, kNow.unix_micros() - options->from_us)
                   : options.error().text;
}

TEST(ListOptions, words_of_a_query_are_joined_and_bounds_are_checked) {
    EXPECT_EQ(usage_of({{"QUERY", {"severity>=warn", "stock"}}, {"--from", {"-1s"}}}), "severity>=warn stock|50|1000000");
    EXPECT_THAT(usage_of({{"--follow", {}}, {"--from", {"-1s"}}}), HasSubstr("|10|"));
    EXPECT_THAT(usage_of({{"--limit", {"0"}}}), HasSubstr("--limit takes a number from 1 to 10000, and not 0"));
    EXPECT_THAT(usage_of({{"--follow", {}}, {"--to", {"-1s"}}}), HasSubstr("takes no --to"));
    EXPECT_EQ(usage_of({{"--from", {"-1s"}}, {"--to", {"-1m"}}}), "--from must be before --to");
}

constexpr const char* kAddress = "http://127.0.0.1:8090";

TEST(ConsoleRefusal, a_bad_term_is_marked_in_the_query) {
    constexpr const char* kProblem =
        R"json({"code":"BAD_QUERY","errors":[{"pointer":"/q","detail":"\"mz\" is no unit: ms s (at character 14)"}]})json";
    const auto failure = explain_refusal(400, kProblem, "née duration>200mz", kAddress);
    EXPECT_EQ(failure.exit_code, 64);
    EXPECT_EQ(failure.text, "the query cannot be read: \"mz\" is no unit: ms s (at character 14)\n  née duration>200mz\n  " +
                                std::string(13, ' ') + "^");
}

TEST(ConsoleRefusal, another_program_at_the_address_is_recognised) {
    for (const auto* body : {"<html>", "[]", "{}", R"({"code":"NOT_FOUND","detail":"no path"})"})
        EXPECT_THAT(explain_refusal(404, body, "", kAddress).text, HasSubstr("is no console of this version"));
    const auto busy = explain_refusal(503, R"({"code":"TOO_MANY_WATCHERS","detail":"32 pages watch already"})", "", kAddress);
    EXPECT_EQ(busy.exit_code, 69);
    EXPECT_EQ(busy.text, "32 pages watch already");
}

TEST(PrintedIds, an_id_is_new_once) {
    PrintedIds ids;
    EXPECT_TRUE(ids.add("a"));
    EXPECT_FALSE(ids.add("a"));
    for (int i = 0; i < 30'000; ++i) EXPECT_TRUE(ids.add(fmt::to_string(i)));
    EXPECT_TRUE(ids.add("a")) << "old ids are forgotten, so that memory is bounded";
}

}  // namespace
}  // namespace tw::app
