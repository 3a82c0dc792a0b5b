#include "kit/http/server/connection.hpp"
#include "kit/http/server/testing.hpp"
#include "kit/telemetry/collected_spans.hpp"
#include "kit/telemetry/propagation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests the content of a request's context: its caller's trace and baggage, its peer and its key.
namespace tw::http {
namespace {

using testing::Bench;
using testing::get;
using ::testing::StartsWith;

Task<Response> answer_nothing(const CallContext&, const Request&) { co_return Response{}; }

TEST(ConnectionContext, the_context_knows_key_peer_and_trace) {
    std::string trace;
    Bench bench{[&](const CallContext& ctx, const Request&) -> Task<Response> {
        EXPECT_EQ(ctx.attributes().idempotency_key, "key-1");
        EXPECT_EQ(ctx.attributes().baggage, "");
        EXPECT_EQ(ctx.attributes().peer, "192.0.2.7");
        EXPECT_EQ(ctx.trace().trace_id[0], 0x4b);
        EXPECT_TRUE(ctx.trace().sampled());
        co_return Response{};
    }};
    const auto output = bench.converse({get("/",
                                            "Idempotency-Key: key-1\r\nBaggage: a=b\r\n"
                                            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n")});
    EXPECT_THAT(output, StartsWith("HTTP/1.1 200"));
}

/// Returns the caller's trace in the context of a request with these fields. It is empty if the
/// request begins a trace.
std::string trace_of_caller(std::string_view fields, const telemetry::Propagators& propagators = {}) {
    telemetry::CollectedSpans spans;
    Bench bench{answer_nothing, {}, &spans, propagators};
    EXPECT_THAT(bench.converse({get("/", fields)}), StartsWith("HTTP/1.1 200"));
    const auto& span = spans.spans().at(0);
    TraceContext parent = span.trace;
    parent.span_id = span.parent;
    return parent.valid() ? telemetry::format_traceparent(parent) + (parent.state ? " " + *parent.state : "") : "";
}

TEST(ConnectionContext, a_trace_is_found_in_fields_of_any_case_and_several_states) {
    const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    EXPECT_EQ(
        trace_of_caller("TrAcEpArEnT:  " + traceparent + " \r\nTRACESTATE: a=1\r\nTraceState:\r\ntracestate: b=2 , c=3\r\n"),
        traceparent + " a=1,b=2,c=3");
    EXPECT_EQ(trace_of_caller("trace-parent: " + traceparent + "\r\n"), "");
}

TEST(ConnectionContext, two_traceparents_begin_a_new_trace) {
    const std::string one = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    const std::string later = "traceparent: cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x\r\n";
    EXPECT_EQ(trace_of_caller(one + one), "");
    EXPECT_EQ(trace_of_caller(later + one), "");
    EXPECT_EQ(trace_of_caller(one + "tracestate: a=1,a\r\n"), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

TEST(ConnectionContext, other_propagators_read_other_fields) {
    const std::vector chosen{telemetry::Propagator::b3multi};
    const auto fields =
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\nX-B3-TraceId: 64fe8b2a57d3eff7\r\n"
        "X-B3-SpanId: e457b5a2e4d86bd1\r\nX-B3-Sampled: 1\r\n";
    EXPECT_EQ(trace_of_caller(fields, telemetry::Propagators{chosen}), "00-000000000000000064fe8b2a57d3eff7-e457b5a2e4d86bd1-01");
}

TEST(ConnectionContext, what_a_client_changes_between_two_requests_is_in_the_span_of_the_second) {
    telemetry::CollectedSpans spans;
    Bench bench{answer_nothing, {}, &spans};
    bench.converse({"GET / HTTP/1.1\r\nHost: one:81\r\nUser-Agent: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: two\r\n\r\n"});
    const auto& first = spans.spans().at(0);
    const auto& second = spans.spans().at(1);
    EXPECT_EQ(first.text("server.address"), "one");
    EXPECT_EQ(first.text("server.port"), "81");
    EXPECT_EQ(first.text("user_agent.original"), "x");
    EXPECT_EQ(second.text("server.address"), "two");
    EXPECT_EQ(second.text("user_agent.original"), std::nullopt);
    EXPECT_EQ(second.text("client.address"), first.text("client.address"));
}

/// Returns the baggage in the handler's context.
std::string baggage_within(std::string_view fields, ServerLimits limits) {
    std::string baggage;
    Bench bench{[&](const CallContext& ctx, const Request&) -> Task<Response> {
                    baggage = ctx.attributes().baggage;
                    co_return Response{};
                },
                limits};
    EXPECT_THAT(bench.converse({get("/", fields)}), StartsWith("HTTP/1.1 200"));
    return baggage;
}

TEST(ConnectionContext, baggage_is_taken_only_where_it_is_granted_and_within_its_limit) {
    const std::string fields = "Baggage: a=1 , b=2;p\r\nbaggage: c=3, no\r\n";
    EXPECT_EQ(baggage_within(fields, {}), "");
    EXPECT_EQ(baggage_within(fields, {.baggage_bytes_max = 8192}), "a=1,b=2;p,c=3");
    EXPECT_EQ(baggage_within(fields, {.baggage_bytes_max = 13}), "a=1,b=2;p,c=3");
    EXPECT_EQ(baggage_within(fields, {.baggage_bytes_max = 12}), "");
    EXPECT_EQ(baggage_within("baggage: a=" + std::string(8191, 'v') + "\r\n", {.baggage_bytes_max = 8192}), "");
}

}  // namespace
}  // namespace tw::http
