#include "services/console/query/record_fixture.hpp"
#include "services/console/views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using test::attribute;

const Source kScoped{
    .service = "order", .resource = {attribute("service.name", "order")}, .scope_name = "tradewind", .scope_version = "0.1.0"};

TEST(SpanView, it_has_all_that_the_span_has) {
    SpanRecord span{.trace_id = test::trace_id(1), .span_id = test::span_id(2), .parent_span_id = test::span_id(1)};
    span.start_ns = 1'700'000'000'000'001'999;
    span.end_ns = span.start_ns + 5;
    span.kind = 3;
    span.status = 2;
    span.status_message = "locked";
    span.trace_state = "a=b";
    span.attributes = {attribute("b", 7), attribute("a", "x"), {"list", std::string_view{"[1,2]"}, ValueType::array}};
    span.events = {{.time_ns = 1'999, .name = "retry", .attributes = {attribute("n", 1.5)}}};
    span.links = {{.trace_id = test::trace_id(3), .span_id = test::span_id(4), .attributes = {attribute("f", true)}}};
    span.dropped_events = 2;
    span.source = &kScoped;
    const auto view = view_of(span);
    EXPECT_EQ(view.trace_id(), "0af70000000000000000000000000001");
    EXPECT_EQ(view.span_id(), "b700000000000002");
    EXPECT_EQ(view.parent_span_id(), "b700000000000001");
    EXPECT_EQ(view.start_us(), 1'700'000'000'000'001);
    EXPECT_EQ(view.duration_ns(), 5);
    EXPECT_EQ(view.service(), "order");
    EXPECT_EQ(view.kind(), 3);
    EXPECT_EQ(view.status_message(), "locked");
    EXPECT_EQ(view.trace_state(), "a=b");
    EXPECT_EQ(view.attributes(0).ShortDebugString(), R"(key: "b" value: "7" type: "int")");
    EXPECT_EQ(view.attributes(1).ShortDebugString(), R"(key: "a" value: "x" type: "string")");
    EXPECT_EQ(view.attributes(2).ShortDebugString(), R"(key: "list" value: "[1,2]" type: "array")");
    EXPECT_EQ(view.events(0).ShortDebugString(),
              R"(time_us: 1 name: "retry" attributes { key: "n" value: "1.5" type: "double" })");
    EXPECT_EQ(view.links(0).span_id(), "b700000000000004");
    EXPECT_EQ(view.links(0).attributes(0).value(), "true");
    EXPECT_EQ(view.resource(0).value(), "order");
    EXPECT_EQ(view.scope_name(), "tradewind");
    EXPECT_EQ(view.dropped_events(), 2);
}

TEST(SpanView, a_span_without_a_parent_has_no_text_for_it) { EXPECT_EQ(view_of(SpanRecord{}).parent_span_id(), ""); }

TEST(LogView, it_has_all_that_the_record_has) {
    LogEntry log{.time_ns = 1'700'000'000'000'001'999, .severity = 13, .severity_text = "WARN", .event_name = "order.held"};
    log.body = "The stock was not released";
    log.trace_id = test::trace_id(1);
    log.attributes = {attribute("n", 3)};
    log.source = &kScoped;
    const auto view = view_of(log, "7-12");
    EXPECT_EQ(view.id(), "7-12");
    EXPECT_EQ(view.time_us(), 1'700'000'000'000'001);
    EXPECT_EQ(view.severity(), 13);
    EXPECT_EQ(view.severity_text(), "WARN");
    EXPECT_EQ(view.event_name(), "order.held");
    EXPECT_EQ(view.body(), "The stock was not released");
    EXPECT_EQ(view.service(), "order");
    EXPECT_EQ(view.trace_id(), "0af70000000000000000000000000001");
    EXPECT_EQ(view.span_id(), "");
    EXPECT_EQ(view.attributes(0).value(), "3");
    EXPECT_EQ(view.resource(0).key(), "service.name");
}

}  // namespace
}  // namespace tw::console
