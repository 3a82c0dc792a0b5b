#include "services/console/query.hpp"

#include "services/console/query/record_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using test::attribute;
using testing::ElementsAre;

constexpr std::int64_t kMillisecond = 1'000'000;

const Source kGateway{.service = "api-gateway", .resource = {attribute("service.version", "0.1.0")}};
const Source kOrders{.service = "order-service",
                     .resource = {attribute("service.version", "0.2.0"), attribute("process.pid", 42)}};

SpanRecord request_span() {
    SpanRecord span;
    span.trace_id = test::trace_id(1);
    span.span_id = test::span_id(1);
    span.start_ns = 1'000 * kMillisecond;
    span.end_ns = span.start_ns + 494 * kMillisecond;
    span.kind = 2;
    span.name = "POST /api/orders";
    span.attributes = {attribute("http.request.method", "POST"), attribute("http.response.status_code", 503),
                       attribute("tw.ratio", 0.25), attribute("tw.hedged", true), attribute("retries", "3")};
    span.source = &kGateway;
    return span;
}

SpanRecord statement_span() {
    SpanRecord span;
    span.trace_id = test::trace_id(1);
    span.span_id = test::span_id(2);
    span.parent_span_id = test::span_id(1);
    span.start_ns = 1'100 * kMillisecond;
    span.end_ns = span.start_ns + 3 * kMillisecond;
    span.kind = 3;
    span.status = 2;
    span.status_message = "The database is locked";
    span.name = "INSERT orders";
    span.attributes = {attribute("db.query.text", "INSERT INTO orders(id) VALUES (?)"), attribute("shop.order.id", "01a208f7")};
    span.events.push_back({.name = "retry"});
    span.source = &kOrders;
    return span;
}

Query query(std::string_view text) {
    auto parsed = Query::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().detail());
    return parsed ? std::move(*parsed) : Query{};
}

/// Whether a trace of both spans matches.
bool finds(std::string_view text) {
    const std::vector<SpanRecord> trace{request_span(), statement_span()};
    return query(text).matches(trace);
}

std::string problem_of(std::string_view text) {
    const auto parsed = Query::parse(text);
    if (parsed) return "no problem";
    EXPECT_EQ(parsed.error().code(), Code::invalid_argument);
    EXPECT_EQ(parsed.error().reason(), "BAD_QUERY");
    EXPECT_EQ(parsed.error().violations(), (std::vector<Violation>{{"/q", parsed.error().detail()}}));
    return parsed.error().detail();
}

void expect_found(std::initializer_list<std::string_view> texts) {
    for (const auto text : texts) EXPECT_TRUE(finds(text)) << text;
}

void expect_not_found(std::initializer_list<std::string_view> texts) {
    for (const auto text : texts) EXPECT_FALSE(finds(text)) << text;
}

TEST(Query, an_empty_query_matches_all) {
    EXPECT_TRUE(query("").matches_all());
    EXPECT_TRUE(query(" \t\n").matches_all());
    EXPECT_TRUE(Query{}.matches_all());
    EXPECT_FALSE(query("error").matches_all());
    EXPECT_FALSE(query("-error").matches_all());
    EXPECT_FALSE(query("trace.spans>1").matches_all());
    EXPECT_TRUE(Query{}.matches(std::vector{request_span()}));
}

TEST(Query, a_key_and_a_value_are_compared_exactly) {
    expect_found({"service:order-service", "service=order-service", "name:\"POST /api/orders\"", "shop.order.id=01a208f7",
                  "http.request.method:POST", "\"http.request.method\":POST", "tw.hedged:true"});
    expect_not_found(
        {"service:order", "service:Order-Service", "shop.order.id=01a2", "shop.order.ID=01a208f7", "tw.hedged:false"});
}

TEST(Query, a_star_stands_for_any_text) {
    expect_found({"service:order*", "service:*service", "service:o*r*e", "service:*", "name:\"POST *\"", "db.query.text:*INTO*"});
    expect_not_found({"service:order*x", "service:*orders*x", "service:order-service*e", "retired:*"});
}

TEST(Query, a_backslash_takes_the_meaning_from_the_next_character) {
    auto span = request_span();
    span.name = "a*b\"c";
    const std::vector trace{span};
    EXPECT_TRUE(query(R"(name:a\*b\"c)").matches(trace));
    EXPECT_TRUE(query(R"(name:"a\*b\"c")").matches(trace));
    EXPECT_FALSE(query(R"(name:a\*\"c)").matches(trace));
}

TEST(Query, alternatives_are_joined_by_or) {
    expect_found({"service:(user-service|order-service)", "http.response.status_code:(500|503)", "kind:(producer|client)",
                  "service:( user-service | order* )", "name:(\"GET /\"|\"POST /api/orders\")", "(deadlock|locked)"});
    expect_not_found({"service:(user-service|catalog-service)", "(deadlock|timeout)"});
}

TEST(Query, terms_are_joined_by_and_on_one_same_span) {
    expect_found({"service:order* name:INSERT*", "kind:client error db.query.text:*"});
    expect_not_found({"service:order* name:POST*", "kind:server error"});
}

TEST(Query, a_negative_term_means_that_no_span_has_it) {
    expect_found({"-service:user*", "service!=user-service", "name:POST* -db.system.name:*", "-timeout", "-duration>1s"});
    expect_not_found({"-service:order*", "service!=order-service", "service:api-gateway -error", "-locked", "-duration>1ms"});
    EXPECT_TRUE(finds("-service!=order-service")) << "two negations are none";
}

TEST(Query, durations_have_units) {
    expect_found({"duration>200ms", "duration>=494ms", "duration<=3ms", "duration=494ms", "duration>0.4s", "duration<1m",
                  "duration<1h", "duration>2999999ns", "duration>2999us", "duration>2999µs", "duration:(3ms|4ms)"});
    expect_not_found({"duration>494ms", "duration<3ms", "duration=493ms"});
}

TEST(Query, numbers_are_compared_with_integers_doubles_and_numeric_texts) {
    expect_found({"http.response.status_code>=500", "http.response.status_code:503", "http.response.status_code=503.0",
                  "http.response.status_code:5*", "tw.ratio<0.3", "tw.ratio:0.25", "tw.ratio=2.5e-1", "retries>2", "retries<=3"});
    expect_not_found({"http.response.status_code>503", "http.response.status_code:50", "tw.ratio>0.25", "retries>3",
                      "shop.order.id>0", "tw.hedged>0"});
}

TEST(Query, large_integers_are_compared_exactly) {
    auto span = request_span();
    span.attributes = {attribute("n", std::int64_t{9'007'199'254'740'993})};
    const std::vector trace{span};
    EXPECT_TRUE(query("n:9007199254740993").matches(trace));
    EXPECT_FALSE(query("n:9007199254740992").matches(trace));
    EXPECT_TRUE(query("n>9007199254740992").matches(trace));
}

TEST(Query, kinds_and_statuses_have_names) {
    expect_found({"kind:server", "kind:Client", "kind:(server|consumer)", "status:error", "status:unset", "kind:*"});
    expect_not_found({"kind:internal", "status:ok", "kind:prod*"});
}

TEST(Query, the_word_error_finds_spans_with_status_error) {
    expect_found({"error", "error service:order*"});
    expect_not_found({"error service:api*", "\"error\""});
}

TEST(Query, bare_words_are_found_in_any_letter_case) {
    expect_found({"locked", "DATABASE", "\"is locked\"", "insert", "api/ord", "01A208", "values*?", "pos*ers"});
    expect_not_found({"timeout", "status_code", "503", "order-service"});
}

TEST(Query, resources_events_and_ids_have_keys) {
    expect_found({"resource.service.version:0.2*", "resource.process.pid>41", "event:retry", "event:(x|ret*)",
                  "trace_id:0af70000000000000000000000000001", "trace_id:0AF7*", "span_id:b700000000000002"});
    expect_not_found({"resource.service.version:0.3.0", "event:exception", "trace_id:0af7", "service.version:0.2.0"});
}

TEST(Query, terms_of_the_trace_speak_of_all_its_spans) {
    expect_found({"trace.spans:2", "trace.spans>=2 name:INSERT*", "trace.duration>490ms",
                  "trace.service:order-service kind:server", "-trace.service:user*", "trace.duration<1s kind:client"});
    expect_not_found({"trace.spans>2", "trace.duration>500ms", "trace.service:user*", "-trace.service:order*"});
}

LogEntry log_record() {
    LogEntry log;
    log.severity = 13;
    log.event_name = "order.hold_not_released";
    log.body = "The stock of order 01a208f7 was not released";
    log.trace_id = test::trace_id(1);
    log.span_id = test::span_id(2);
    log.attributes = {attribute("shop.order.id", "01a208f7"), attribute("attempts", 3)};
    log.source = &kOrders;
    return log;
}

TEST(Query, log_records_match_by_severity_event_and_words) {
    const auto log = log_record();
    for (const auto* const text :
         {"severity>=warn", "severity:warn", "severity<error", "severity>=13", "severity!=info", "severity:(info|warn)",
          "event:order.*", "stock", "HOLD_NOT", "shop.order.id:01a208f7 attempts>2", "service:order*", "-service:user*", "-error",
          "resource.process.pid:42", "trace_id:0af70000000000000000000000000001", "span_id:*2", "-trace.spans>1",
          "-kind:server"}) {
        EXPECT_TRUE(query(text).matches(log)) << text;
    }
    for (const auto* const text : {"severity>warn", "severity:info", "severity<13", "event:user.*", "timeout", "error", "-stock",
                                   "kind:server", "duration<1h", "trace.spans:0", "status:unset"}) {
        EXPECT_FALSE(query(text).matches(log)) << text;
    }
}

TEST(Query, the_word_error_finds_log_records_that_are_errors) {
    auto log = log_record();
    log.severity = 17;
    EXPECT_TRUE(query("error").matches(log));
    EXPECT_FALSE(query("-error").matches(log));
}

TEST(Query, a_value_that_cannot_be_read_is_told_with_its_place) {
    EXPECT_EQ(problem_of("duration>200mz"), "\"mz\" is no unit: ns us ms s m h (at character 10)");
    EXPECT_EQ(problem_of("error duration>200"), "\"200\" has no unit: ns us ms s m h (at character 16)");
    EXPECT_EQ(problem_of("duration>fast"), "a duration such as 200ms was expected, not \"fast\" (at character 10)");
    EXPECT_EQ(problem_of("kind:serve"),
              "\"serve\" is no kind: unspecified internal server client producer consumer (at character 6)");
    EXPECT_EQ(problem_of("status:(ok|500)"), "\"500\" is no status: unset ok error (at character 12)");
    EXPECT_EQ(problem_of("severity>=high"), "\"high\" is no severity: trace debug info warn error fatal (at character 11)");
    EXPECT_EQ(problem_of("trace.spans>many"), "a whole number was expected, not \"many\" (at character 13)");
    EXPECT_EQ(problem_of("größe>x"), "a number was expected, not \"x\"; put text with an operator in quotes (at character 7)");
}

TEST(Query, a_text_that_is_no_query_is_told_with_its_place) {
    EXPECT_EQ(problem_of("name:"), "a value was expected after \"name:\" (at character 6)");
    EXPECT_EQ(problem_of("name: x"), "a value was expected after \"name:\" (at character 6)");
    EXPECT_EQ(problem_of("name:\"x"), "the closing quote is missing (at character 6)");
    EXPECT_EQ(problem_of("name:(a|b"), "\"(\" has no \")\" (at character 6)");
    EXPECT_EQ(problem_of("name:(a|)"), "a value was expected; write \"\" for an empty one (at character 9)");
    EXPECT_EQ(problem_of("name:(\"a\" b)"), "\"|\" or \")\" was expected (at character 11)");
    EXPECT_EQ(problem_of("\"a\"b"), "a blank was expected between two terms (at character 4)");
    EXPECT_EQ(problem_of(":x"), "a key was expected before the operator; put text with an operator in quotes (at character 1)");
    EXPECT_EQ(problem_of("a*b:x"), "a key cannot have a star; write \\* for a star that is part of the key (at character 1)");
    EXPECT_EQ(problem_of("a - b"), "a term was expected after \"-\" (at character 4)");
    EXPECT_EQ(problem_of("a\\"), "a character was expected after \"\\\" (at character 2)");
    EXPECT_EQ(problem_of("service>a"), "\"service\" cannot be compared by order; write : = or != (at character 1)");
    EXPECT_EQ(problem_of("n>(1|2)"), "one value was expected; alternatives take : = or != (at character 4)");
    EXPECT_EQ(problem_of("n>1*"), "a number was expected; a star takes : = or != (at character 3)");
}

TEST(Query, its_length_and_terms_are_limited) {
    const std::string longest(4096, 'x');
    EXPECT_EQ(problem_of(longest), "no problem");
    EXPECT_EQ(problem_of(longest + "x"), "a query has 4096 characters at most (at character 1)");
    std::string terms;
    for (int i = 0; i < 64; ++i) terms += "a ";
    EXPECT_EQ(problem_of(terms), "no problem");
    EXPECT_EQ(problem_of(terms + "b"), "a query has 64 terms at most (at character 129)");
}

TEST(Query, exact_terms_are_given_to_an_index) {
    const auto parsed = query(
        "service:order-service name:INSERT* -shop.user.id:7 shop.order.id=01a2 n>5 a:(b|c) word error "
        "code:0500 http.response.status_code:503 resource.process.pid:42 trace.service:x trace_id:0AF7");
    std::vector<std::string> found;
    for (const auto& [key, value] : parsed.exact_terms()) found.push_back(std::string{key} + "=" + std::string{value});
    EXPECT_THAT(found, ElementsAre("service=order-service", "trace_id=0af7", "shop.order.id=01a2",
                                   "http.response.status_code=503", "resource.process.pid=42", "trace.service=x"));
}

TEST(Query, values_have_a_text) {
    EXPECT_EQ(value_text(attribute("k", "text")), "text");
    EXPECT_EQ(value_text(attribute("k", -7)), "-7");
    EXPECT_EQ(value_text(attribute("k", 0.25)), "0.25");
    EXPECT_EQ(value_text(attribute("k", 3.0)), "3");
    EXPECT_EQ(value_text(attribute("k", false)), "false");
    EXPECT_EQ(value_text(attribute("k", std::numeric_limits<double>::infinity())), "Infinity");
}

}  // namespace
}  // namespace tw::console
