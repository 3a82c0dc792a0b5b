#include "kit/otlp/otlp_json.hpp"

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

std::string span_json(std::string_view trace_id) {
    return R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":")" + std::string{trace_id} +
           R"(","spanId":"00f067aa0ba902b7","name":"work","kind":2,"startTimeUnixNano":"1"}]}]}]})";
}

TEST(OtlpJson, what_is_read_is_written_again) {
    const auto json = span_json("5B8EFFF798038103D269B633813FC60C");
    const auto bytes = from_json(telemetry::Signal::traces, json);
    ASSERT_TRUE(bytes);
    ExportTraceServiceRequest request;
    ASSERT_TRUE(request.ParseFromString(*bytes));
    const auto& span = request.resource_spans(0).scope_spans(0).spans(0);
    EXPECT_EQ(span.trace_id().size(), 16U);
    EXPECT_EQ(span.trace_id().front(), '\x5b');
    EXPECT_EQ(span.span_id().size(), 8U);
    EXPECT_EQ(to_json(telemetry::Signal::traces, *bytes), span_json("5b8efff798038103d269b633813fc60c"));
}

TEST(OtlpJson, an_id_that_is_not_hexadecimal_becomes_empty) {
    for (const auto* const id : {"not/hexadecimal+", "0", "zz"}) {
        const auto bytes = from_json(telemetry::Signal::traces, span_json(id));
        ASSERT_TRUE(bytes);
        ExportTraceServiceRequest request;
        ASSERT_TRUE(request.ParseFromString(*bytes));
        EXPECT_EQ(request.resource_spans(0).scope_spans(0).spans(0).trace_id(), "");
    }
}

TEST(OtlpJson, an_id_of_a_wrong_length_stays_as_long_as_it_is) {
    const auto bytes = from_json(telemetry::Signal::traces, span_json("00"));
    ASSERT_TRUE(bytes);
    ExportTraceServiceRequest request;
    ASSERT_TRUE(request.ParseFromString(*bytes));
    EXPECT_EQ(request.resource_spans(0).scope_spans(0).spans(0).trace_id().size(), 1U);
}

TEST(OtlpJson, a_text_that_is_no_request_is_refused) {
    EXPECT_FALSE(from_json(telemetry::Signal::traces, "[]"));
    EXPECT_FALSE(from_json(telemetry::Signal::logs, R"({"resourceLogs":7})"));
    EXPECT_FALSE(from_json(telemetry::Signal::metrics, ""));
}

}  // namespace
}  // namespace tw::otlp
