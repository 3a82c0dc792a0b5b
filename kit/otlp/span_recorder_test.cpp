#include "kit/otlp/recorder_fixture.hpp"
#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"

#include <map>
#include <opentelemetry/proto/trace/v1/trace.pb.h>

#include <gtest/gtest.h>

// Reads the output of kit/telemetry's recorder by protobuf's own decoder.
namespace tw::telemetry {
namespace {

namespace proto = opentelemetry::proto;
using namespace test;

class SpanRecorderTest : public testing::Test {
 protected:
    OtlpSpanRecorder make(SpanLimits limits = {}, std::size_t batch = 512) {
        return OtlpSpanRecorder{limits, batch, [this](OtlpBatch& full) {
                                    batches.push_back(std::move(full));
                                    full = {};
                                }};
    }
    std::vector<proto::trace::v1::Span> spans() {
        std::vector<proto::trace::v1::Span> all;
        for (const auto& batch : batches) {
            proto::trace::v1::ScopeSpans scope;
            EXPECT_TRUE(scope.ParseFromString(batch.bytes));
            EXPECT_EQ(static_cast<std::size_t>(scope.spans_size()), batch.records);
            all.insert(all.end(), scope.spans().begin(), scope.spans().end());
        }
        return all;
    }
    proto::trace::v1::Span only(OtlpSpanRecorder& recorder) {
        recorder.flush();
        const auto all = spans();
        EXPECT_EQ(all.size(), 1U);
        return all.at(0);
    }

    std::vector<OtlpBatch> batches;
};

TEST_F(SpanRecorderTest, a_span_has_its_identity_its_times_and_its_kind) {
    auto recorder = make();
    auto context = trace(1);
    context.state = std::make_shared<const std::string>("vendor=1");
    const auto span = recorder.start(context, trace(9).span_id, "GET /", SpanKind::server, at(5));
    EXPECT_EQ(recorder.open(), 1U);
    recorder.rename(span, "GET /api/users/{id}");
    recorder.end(span, at(12));
    EXPECT_EQ(recorder.open(), 0U);
    const auto read = only(recorder);
    EXPECT_EQ(read.trace_id(), bytes(context.trace_id));
    EXPECT_EQ(read.span_id(), bytes(context.span_id));
    EXPECT_EQ(read.parent_span_id(), bytes(trace(9).span_id));
    EXPECT_EQ(read.trace_state(), "vendor=1");
    EXPECT_EQ(read.name(), "GET /api/users/{id}");
    EXPECT_EQ(read.kind(), proto::trace::v1::Span::SPAN_KIND_SERVER);
    EXPECT_EQ(read.start_time_unix_nano(), nanos(at(5)));
    EXPECT_EQ(read.end_time_unix_nano(), nanos(at(12)));
    EXPECT_EQ(read.flags() & 0xFF, 3U);
    EXPECT_FALSE(read.has_status());
}

TEST_F(SpanRecorderTest, a_root_has_no_parent_and_no_span_ends_before_its_start) {
    auto recorder = make();
    recorder.end(recorder.start(trace(1), {}, "root", SpanKind::internal, at(10)), at(3));
    const auto read = only(recorder);
    EXPECT_EQ(read.parent_span_id(), "");
    EXPECT_EQ(read.end_time_unix_nano(), read.start_time_unix_nano());
}

TEST_F(SpanRecorderTest, the_flags_say_whether_the_parent_is_of_another_process) {
    constexpr auto kKnown = static_cast<std::uint32_t>(proto::trace::v1::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK);
    constexpr auto kRemote = static_cast<std::uint32_t>(proto::trace::v1::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK);
    auto recorder = make();
    for (const bool remote : {false, true}) {
        const telemetry::ParentSpan parent{trace(9).span_id, remote};
        recorder.end(recorder.start(trace(1), parent, "child", SpanKind::server, at(1)), at(2));
    }
    recorder.flush();
    const auto read = spans();
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].flags() & (kKnown | kRemote), kKnown);
    EXPECT_EQ(read[1].flags() & (kKnown | kRemote), kKnown | kRemote);
}

TEST_F(SpanRecorderTest, a_failure_is_the_status) {
    auto recorder = make();
    const auto span = recorder.start(trace(1), {}, "x", SpanKind::client, at(0));
    recorder.fail(span, "no such table");
    recorder.end(span, at(1));
    const auto read = only(recorder);
    EXPECT_EQ(read.status().code(), proto::trace::v1::Status::STATUS_CODE_ERROR);
    EXPECT_EQ(read.status().message(), "no such table");
}

TEST_F(SpanRecorderTest, an_attribute_that_comes_again_replaces_its_value) {
    auto recorder = make();
    const auto span = recorder.start(trace(1), {}, "x", SpanKind::client, at(0));
    recorder.attribute(span, {"a.long.key.of.some.kind", "first"});
    recorder.attribute(span, {"number", std::int64_t{-5}});
    recorder.attribute(span, {"flag", true});
    recorder.attribute(span, {"a.long.key.of.some.kind", std::string(300, 'y')});
    recorder.attribute(span, {"number", 2.5});
    recorder.attribute(span, {"a.long.key.of.some.kind", "z"});
    recorder.end(span, at(1));
    const auto read = only(recorder);
    ASSERT_EQ(read.attributes_size(), 3);
    EXPECT_EQ(read.attributes(0).key(), "a.long.key.of.some.kind");
    EXPECT_EQ(read.attributes(0).value().string_value(), "z");
    EXPECT_EQ(read.attributes(1).value().double_value(), 2.5);
    EXPECT_TRUE(read.attributes(2).value().bool_value());
    EXPECT_EQ(read.dropped_attributes_count(), 0U);
}

TEST_F(SpanRecorderTest, fixed_attributes_are_like_others_that_are_set_one_by_one) {
    telemetry::FixedAttributes fixed{{{"rpc.system.name", "grpc"}, {"server.port", 50051}, {"flag", true}}};
    fixed.add("ratio", 0.5);
    for (const bool first : {true, false}) {
        batches.clear();
        auto recorder = make();
        const auto span = recorder.start(trace(1), {}, "x", SpanKind::client, at(0));
        if (!first) recorder.attribute(span, {"before", 1});
        recorder.attributes(span, fixed);
        recorder.attribute(span, {"server.port", 8080});
        recorder.end(span, at(1));
        const auto read = only(recorder);
        const int skip = first ? 0 : 1;
        ASSERT_EQ(read.attributes_size(), 4 + skip);
        EXPECT_EQ(read.attributes(skip).value().string_value(), "grpc");
        EXPECT_EQ(read.attributes(skip + 1).value().int_value(), 8080);
        EXPECT_TRUE(read.attributes(skip + 2).value().bool_value());
        EXPECT_EQ(read.attributes(skip + 3).value().double_value(), 0.5);
    }
}

TEST_F(SpanRecorderTest, fixed_attributes_keep_the_limits) {
    const telemetry::FixedAttributes fixed{{{"one", "a long value"}, {"two", "b"}, {"three", "c"}}};
    SpanLimits limits;
    limits.attributes = {.count_max = 2, .value_bytes_max = 4};
    auto recorder = make(limits);
    const auto span = recorder.start(trace(1), {}, "x", SpanKind::client, at(0));
    recorder.attributes(span, fixed);
    recorder.end(span, at(1));
    const auto read = only(recorder);
    ASSERT_EQ(read.attributes_size(), 2);
    EXPECT_EQ(read.attributes(0).value().string_value(), "a lo");
    EXPECT_EQ(read.dropped_attributes_count(), 1U);
}

TEST_F(SpanRecorderTest, limits_hold_and_what_is_dropped_is_counted) {
    SpanLimits limits;
    limits.attributes = {.count_max = 2, .value_bytes_max = 4};
    limits.events_max = 1;
    limits.links_max = 2;
    limits.event_attributes_max = 1;
    auto recorder = make(limits);
    const auto span = recorder.start(trace(1), {}, "x", SpanKind::client, at(0));
    for (const auto* key : {"a", "b", "c", "d"}) recorder.attribute(span, {key, "12345678"});
    recorder.attribute(span, {"a", "äöü"});
    for (int i = 0; i < 3; ++i) recorder.event(span, "retry", at(i), {{"n", i}, {"m", i}});
    for (int i = 0; i < 5; ++i) recorder.link(span, trace(7));
    recorder.end(span, at(9));
    const auto read = only(recorder);
    ASSERT_EQ(read.attributes_size(), 2);
    EXPECT_EQ(read.attributes(0).value().string_value(), "äö");
    EXPECT_EQ(read.attributes(1).value().string_value(), "1234");
    EXPECT_EQ(read.dropped_attributes_count(), 2U);
    ASSERT_EQ(read.events_size(), 1);
    EXPECT_EQ(read.events(0).attributes_size(), 1);
    EXPECT_EQ(read.events(0).dropped_attributes_count(), 1U);
    EXPECT_EQ(read.dropped_events_count(), 2U);
    EXPECT_EQ(read.links_size(), 2);
    EXPECT_EQ(read.links(0).trace_id(), bytes(trace(7).trace_id));
    EXPECT_EQ(read.dropped_links_count(), 3U);
}

TEST_F(SpanRecorderTest, a_slot_that_is_used_again_remembers_nothing) {
    auto recorder = make();
    const auto first = recorder.start(trace(1), trace(3).span_id, "first", SpanKind::client, at(0));
    recorder.attribute(first, {"a", 1});
    recorder.event(first, "e", at(1), {});
    recorder.link(first, trace(5));
    recorder.fail(first, "bad");
    recorder.end(first, at(1));
    recorder.end(recorder.start(trace(2), {}, "second", SpanKind::server, at(2)), at(3));
    recorder.flush();
    const auto read = spans().at(1);
    EXPECT_EQ(read.attributes_size() + read.events_size() + read.links_size(), 0);
    EXPECT_FALSE(read.has_status());
    EXPECT_EQ(read.parent_span_id(), "");
}

TEST_F(SpanRecorderTest, a_full_batch_is_handed_on) {
    auto recorder = make({}, 3);
    for (int i = 0; i < 7; ++i) recorder.end(recorder.start(trace(1), {}, "x", SpanKind::client, at(0)), at(1));
    EXPECT_EQ(batches.size(), 2U);
    recorder.flush();
    recorder.flush();
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_EQ(batches[2].records, 1U);
}

TEST_F(SpanRecorderTest, text_that_is_no_utf8_is_repaired) {
    auto recorder = make();
    const auto span = recorder.start(trace(1), {}, "na\xffme", SpanKind::client, at(0));
    recorder.attribute(span, {"bad", "a\xc3"});
    recorder.attribute(span, {"also", std::string_view{"\xed\xa0\x80ok"}});
    recorder.attribute(span, {"fine", "grün 日本"});
    recorder.event(span, "ev\xfe", at(1), {{"k", "\x80"}});
    recorder.fail(span,
                  "st\xff"
                  "atus");
    recorder.end(span, at(1));
    const auto read = only(recorder);
    EXPECT_EQ(read.name(), "na\xef\xbf\xbdme");
    EXPECT_EQ(read.attributes(0).value().string_value(), "a\xef\xbf\xbd");
    EXPECT_TRUE(is_utf8(read.attributes(1).value().string_value()));
    EXPECT_EQ(read.attributes(2).value().string_value(), "grün 日本");
    EXPECT_TRUE(is_utf8(read.events(0).name()));
    EXPECT_TRUE(is_utf8(read.events(0).attributes(0).value().string_value()));
    EXPECT_EQ(read.status().message(),
              "st\xef\xbf\xbd"
              "atus");
}

TEST_F(SpanRecorderTest, random_spans_come_out_as_they_went_in) {
    Chaos chaos{20261123};
    auto recorder = make({}, 64);
    struct Written {
        TraceContext context;
        TraceContext parent;
        std::string name;
        Timestamp start;
        Timestamp end;
        std::map<std::string, std::string> texts;
        std::map<std::string, std::int64_t> numbers;
        std::size_t events = 0;
        std::string failure;
    };
    std::vector<Written> all(500);
    for (auto& span : all) {
        span = {chaos.context(), chaos.context(), chaos.text(200), chaos.when(), chaos.when(), {}, {}, 0, chaos.text(50)};
        const auto handle = recorder.start(span.context, span.parent.span_id, span.name, SpanKind::producer, span.start);
        for (auto n = chaos.below(12); n > 0; --n) {
            const auto key = "key." + std::to_string(chaos.below(8));
            if (chaos.below(2) == 0) {
                span.texts[key] = chaos.text(300);
                span.numbers.erase(key);
                recorder.attribute(handle, {key, span.texts[key]});
            } else {
                span.numbers[key] = static_cast<std::int64_t>(chaos.below(1ULL << 40)) - (1LL << 39);
                span.texts.erase(key);
                recorder.attribute(handle, {key, span.numbers[key]});
            }
        }
        span.events = chaos.below(4);
        for (std::size_t i = 0; i < span.events; ++i) recorder.event(handle, chaos.text(30), span.start, {{"i", 1}});
        if (!span.failure.empty()) recorder.fail(handle, span.failure);
        recorder.end(handle, span.end);
    }
    recorder.flush();
    const auto read = spans();
    ASSERT_EQ(read.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(read[i].trace_id(), bytes(all[i].context.trace_id));
        EXPECT_EQ(read[i].span_id(), bytes(all[i].context.span_id));
        EXPECT_EQ(read[i].parent_span_id(), bytes(all[i].parent.span_id));
        EXPECT_EQ(read[i].trace_state(), all[i].context.state ? *all[i].context.state : "");
        EXPECT_EQ(read[i].flags() & 0xFF, all[i].context.flags);
        expect_text(read[i].name(), all[i].name);
        EXPECT_EQ(read[i].start_time_unix_nano(), nanos(all[i].start));
        EXPECT_EQ(read[i].end_time_unix_nano(), nanos(std::max(all[i].start, all[i].end)));
        EXPECT_EQ(static_cast<std::size_t>(read[i].attributes_size()), all[i].texts.size() + all[i].numbers.size());
        for (const auto& attribute : read[i].attributes()) {
            if (attribute.value().has_int_value()) {
                EXPECT_EQ(attribute.value().int_value(), all[i].numbers.at(attribute.key()));
            } else {
                expect_text(attribute.value().string_value(), all[i].texts.at(attribute.key()));
            }
        }
        EXPECT_EQ(static_cast<std::size_t>(read[i].events_size()), all[i].events);
        expect_text(read[i].status().message(), all[i].failure);
    }
}

}  // namespace
}  // namespace tw::telemetry
