#include "services/console/archive/otlp_reader.hpp"

#include "services/console/archive/archive_fixture.hpp"
#include "services/console/archive/otlp_values.hpp"
#include "services/console/archive/stored.hpp"

#include <gmock/gmock.h>

namespace tw::console {
namespace {

using telemetry::Signal;
using testing::HasSubstr;

TEST(OtlpReader, reads_all_that_a_span_says) {
    test::SpanRequest request;
    request.from("shop").span(1, 2, 3, "POST /orders").with("http.route", "/orders");
    auto& span = request.last();
    span.set_trace_state("vendor=1");
    span.mutable_status()->set_code(opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
    span.mutable_status()->set_message("no stock");
    span.set_dropped_attributes_count(4);
    auto& event = *span.add_events();
    event.set_name("retry");
    event.set_time_unix_nano(17);
    test::set_text(*event.mutable_attributes(), "attempt", "2");
    span.add_links()->set_trace_id(test::id_of(9, 16));
    const auto bytes = request.bytes();

    Batch batch;
    ASSERT_EQ(read_request(Signal::traces, bytes, batch).value().rejected, 0U);
    ASSERT_EQ(batch.spans.size(), 1U);
    const auto& read = batch.spans.front();
    EXPECT_EQ(test::hex_of(id_bytes(read.trace_id)), test::trace_hex(1));
    EXPECT_EQ(test::hex_of(id_bytes(read.span_id)), test::span_hex(2));
    EXPECT_EQ(test::hex_of(id_bytes(read.parent_span_id)), test::span_hex(3));
    EXPECT_EQ(read.name, "POST /orders");
    EXPECT_EQ(read.kind, 2);
    EXPECT_EQ(read.status, 2);
    EXPECT_EQ(read.status_message, "no stock");
    EXPECT_EQ(read.trace_state, "vendor=1");
    EXPECT_EQ(read.start_ns, test::kStartNs + 2'000'000);
    EXPECT_EQ(read.duration_ns(), 1'000'000);
    EXPECT_EQ(read.dropped_attributes, 4U);
    ASSERT_EQ(read.attributes.size(), 1U);
    EXPECT_EQ(read.attributes.front().key, "http.route");
    ASSERT_EQ(read.events.size(), 1U);
    EXPECT_EQ(read.events.front().name, "retry");
    EXPECT_EQ(read.events.front().time_ns, 17);
    ASSERT_EQ(read.links.size(), 1U);
    EXPECT_EQ(test::hex_of(id_bytes(read.links.front().trace_id)), test::trace_hex(9));
    EXPECT_EQ(read.source->service, "shop");
    EXPECT_EQ(read.source->scope_name, "test");
}

TEST(OtlpReader, reads_values_of_every_type) {
    test::SpanRequest request;
    auto& attributes = *request.span(1, 1).last().mutable_attributes();
    const auto add = [&](const char* key) {
        auto& attribute = *attributes.Add();
        attribute.set_key(key);
        return attribute.mutable_value();
    };
    add("text")->set_string_value("x");
    add("whole")->set_int_value(-5);
    add("number")->set_double_value(0.5);
    add("truth")->set_bool_value(true);
    add("bytes")->set_bytes_value("\x01\x02\x03");
    auto& list = *add("list")->mutable_array_value();
    list.add_values()->set_string_value("a\"b");
    list.add_values()->set_int_value(7);
    auto& pair = *add("map")->mutable_kvlist_value()->add_values();
    pair.set_key("inner");
    pair.mutable_value()->set_bool_value(false);
    add("nothing");
    const auto bytes = request.bytes();

    Batch batch;
    ASSERT_TRUE(read_request(Signal::traces, bytes, batch));
    std::vector<std::string> read;
    for (const auto& attribute : batch.spans.front().attributes) {
        read.push_back(
            fmt::format("{} {} {}", attribute.key, static_cast<int>(attribute.type), attribute_text(attribute, batch.texts)));
    }
    EXPECT_THAT(read, testing::ElementsAre("text 0 x", "whole 1 -5", "number 2 0.5", "truth 3 true", "bytes 4 AQID",
                                           R"(list 5 ["a\"b",7])", R"(map 6 {"inner":false})", "nothing 0 "));
}

TEST(OtlpReader, a_brief_batch_has_what_summaries_counts_and_ids_need) {
    test::SpanRequest request;
    request.from("shop").span(1, 1).with("url.path", "/orders").with("server.address", "127.0.0.1").with("db.namespace", "shop");
    request.with(std::string(200, 'k'), "long").with("error.type", std::string(200, 'v')).with("shop.order.id", "7");
    auto& status = *request.last().add_attributes();
    status.set_key("http.response.status_code");
    status.mutable_value()->set_int_value(500);
    request.last().add_events()->set_name("retry");
    request.last().add_links()->set_trace_id(test::id_of(2, 16));
    const auto bytes = request.bytes();
    Batch batch;
    batch.brief = true;
    ASSERT_TRUE(read_request(Signal::traces, bytes, batch));
    const auto& span = batch.spans.at(0);
    std::vector<std::string_view> keys;
    for (const auto& attribute : span.attributes) keys.push_back(attribute.key);
    EXPECT_THAT(
        keys, testing::ElementsAre("server.address", "db.namespace", "error.type", "shop.order.id", "http.response.status_code"));
    EXPECT_THAT(span.events, testing::IsEmpty());
    EXPECT_THAT(span.links, testing::IsEmpty());
    EXPECT_NE(batch.span_bytes.at(0).find("/orders"), std::string_view::npos);
}

TEST(OtlpReader, a_brief_batch_refuses_what_a_whole_one_refuses) {
    test::SpanRequest request;
    request.span(1, 1).with("url.path", "/orders");
    request.last().add_events()->set_name("retry");
    request.last().add_links()->set_trace_id(test::id_of(2, 16));
    const auto bytes = request.bytes();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto changed = bytes;
        for (const auto byte : {'\x00', '\x0b', '\x12', '\x7f', '\xff'}) {
            changed[at] = byte;
            Batch brief;
            brief.brief = true;
            Batch whole;
            EXPECT_EQ(read_request(Signal::traces, changed, brief).has_value(),
                      read_request(Signal::traces, changed, whole).has_value())
                << "byte " << at << " is " << int{byte};
            EXPECT_EQ(brief.spans.size(), whole.spans.size());
        }
    }
}

TEST(OtlpReader, refuses_bad_ids_and_takes_the_rest) {
    test::SpanRequest request;
    request.span(1, 1).span(1, 2).span(1, 3).span(1, 4);
    request.span(1, 5).last().set_trace_id("short");
    request.span(1, 6).last().set_span_id(std::string(8, '\0'));
    request.span(1, 7).last().set_parent_span_id("x");
    const auto bytes = request.bytes();

    Batch batch;
    const auto accepted = read_request(Signal::traces, bytes, batch).value();
    EXPECT_EQ(accepted.rejected, 3U);
    EXPECT_THAT(accepted.reason, HasSubstr("trace id"));
    EXPECT_EQ(batch.spans.size(), 4U);
    EXPECT_EQ(batch.span_bytes.size(), 4U);
    EXPECT_EQ(count_records(Signal::traces, bytes), 7U);
}

TEST(OtlpReader, refuses_a_record_above_one_mebibyte) {
    test::SpanRequest request;
    request.span(1, 1).with("large", std::string(kRecordBytesMax, 'x')).span(1, 2);
    const auto bytes = request.bytes();
    Batch batch;
    const auto accepted = read_request(Signal::traces, bytes, batch).value();
    EXPECT_EQ(accepted.rejected, 1U);
    EXPECT_THAT(accepted.reason, HasSubstr("more than 1048576 bytes"));
    EXPECT_EQ(batch.spans.size(), 1U);
}

TEST(OtlpReader, bytes_that_are_no_request_leave_the_batch_as_it_was) {
    const auto good = test::SpanRequest{}.span(1, 1).bytes();
    Batch batch;
    ASSERT_TRUE(read_request(Signal::traces, good, batch));
    for (const auto& bad : {good.substr(0, good.size() - 1), good + "\xff", std::string{"{\"resourceSpans\":[]}"}}) {
        const auto outcome = read_request(Signal::traces, bad, batch);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code(), Code::invalid_argument);
        EXPECT_EQ(outcome.error().reason(), "OTLP_UNREADABLE");
        EXPECT_EQ(batch.spans.size(), 1U);
    }
}

TEST(OtlpReader, texts_that_are_not_utf8_become_readable_ones) {
    test::SpanRequest request;
    request.span(1, 1, 0, "caf?");
    auto bytes = request.bytes();
    bytes[bytes.find("caf?") + 3] = '\xe9';
    Batch batch;
    ASSERT_TRUE(read_request(Signal::traces, bytes, batch));
    EXPECT_EQ(batch.spans.front().name, "caf\xef\xbf\xbd");
}

TEST(OtlpReader, what_is_put_together_again_is_what_came) {
    test::SpanRequest request;
    request.from("shop").span(1, 1).with("a", "b").span(1, 2, 1);
    request.last().GetReflection()->MutableUnknownFields(&request.last())->AddVarint(900, 5);
    const auto bytes = request.bytes();
    Batch batch;
    ASSERT_TRUE(read_request(Signal::traces, bytes, batch));
    const auto& source = read_source_of(batch.spans.front());
    std::string fields;
    for (const auto& each : batch.span_bytes) fields += each;
    std::string again;
    append_resource_records(again, source, fields);
    EXPECT_EQ(again, bytes);
}

TEST(OtlpReader, a_log_record_without_a_time_has_the_time_when_it_was_seen) {
    test::LogRequest request;
    request.log("hello", 1, 2);
    request.last().set_time_unix_nano(0);
    request.last().set_observed_time_unix_nano(99);
    const auto bytes = request.bytes();
    Batch batch;
    ASSERT_TRUE(read_request(Signal::logs, bytes, batch));
    EXPECT_EQ(batch.logs.front().time_ns, 99);
    EXPECT_EQ(batch.logs.front().body, "hello");
    EXPECT_EQ(batch.logs.front().severity, 9);
}

TEST(OtlpReader, a_structured_body_is_json) {
    test::LogRequest request;
    request.log("");
    auto& pair = *request.last().mutable_body()->mutable_kvlist_value()->add_values();
    pair.set_key("order");
    pair.mutable_value()->set_int_value(5);
    const auto bytes = request.bytes();
    Batch batch;
    ASSERT_TRUE(read_request(Signal::logs, bytes, batch));
    EXPECT_EQ(batch.logs.front().body, R"({"order":5})");
}

}  // namespace
}  // namespace tw::console
