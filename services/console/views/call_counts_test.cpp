#include "services/console/query/record_fixture.hpp"
#include "services/console/views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using test::attribute;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMilli = 1'000'000;
/// A whole hour, so that slots begin here.
constexpr std::int64_t kNow = 1'700'002'800 * kSecond;

const Source kGatewayCalls{.service = "gateway"};
const Source kOrderCalls{.service = "order"};
const Source kUserCalls{.service = "user"};

enum SpanKind { internal = 1, server = 2, client = 3, producer = 4, consumer = 5 };

/// A span that ends at kNow.
SpanRecord call_span(const Source& source, SpanKind kind, std::uint8_t id, std::uint8_t parent, std::string_view name) {
    SpanRecord span;
    span.trace_id = test::trace_id(1);
    span.span_id = test::span_id(id);
    if (parent != 0) span.parent_span_id = test::span_id(parent);
    span.end_ns = kNow;
    span.start_ns = kNow - 10 * kMilli;
    span.kind = kind;
    span.name = name;
    span.source = &source;
    return span;
}

SpanRecord with(SpanRecord span, AttributeVector attributes) {
    span.attributes = std::move(attributes);
    return span;
}

SpanRecord ended(SpanRecord span, std::int64_t end_ns) {
    span.start_ns += end_ns - span.end_ns;
    span.end_ns = end_ns;
    return span;
}

std::vector<std::string> edges_of(const ::console::Map& map) {
    std::vector<std::string> edges;
    for (const auto& edge : map.edges()) {
        edges.push_back(edge.from() + " > " + edge.to() + " " + std::to_string(edge.counts().calls()));
    }
    return edges;
}

std::vector<std::string> nodes_of(const ::console::Map& map) {
    std::vector<std::string> nodes;
    for (const auto& node : map.nodes()) nodes.push_back(node.kind() + " " + node.name() + " " + std::to_string(node.calls()));
    return nodes;
}

std::vector<std::string> operations_of(const ::console::Map& map) {
    std::vector<std::string> operations;
    for (const auto& each : map.operations()) {
        const auto& counts = each.counts();
        operations.push_back(each.service() + " " + each.name() + " " + std::to_string(counts.calls()) + "/" +
                             std::to_string(counts.refused()) + "/" + std::to_string(counts.errors()));
    }
    return operations;
}

/// The spans of an order, as the shop records them.
std::vector<SpanRecord> order_trace() {
    return {
        call_span(kGatewayCalls, server, 1, 0, "POST /api/orders"),
        call_span(kGatewayCalls, client, 2, 1, "order.OrderService/CreateOrder"),
        call_span(kOrderCalls, server, 3, 2, "order.OrderService/CreateOrder"),
        call_span(kOrderCalls, client, 4, 3, "user.UserService/GetUser"),
        call_span(kUserCalls, server, 5, 4, "user.UserService/GetUser"),
        with(call_span(kUserCalls, client, 6, 5, "SELECT users"),
             {attribute("db.system.name", "sqlite"), attribute("db.namespace", "user.sqlite")}),
        with(call_span(kOrderCalls, client, 7, 3, "INSERT orders"),
             {attribute("db.system.name", "sqlite"), attribute("db.namespace", "order.sqlite")}),
        with(call_span(kOrderCalls, producer, 8, 3, "send order"), {attribute("messaging.destination.name", "order")}),
        with(call_span(kOrderCalls, consumer, 9, 0, "process order"), {attribute("messaging.destination.name", "order")}),
    };
}

TEST(CallCounts, services_databases_and_queues_are_nodes_and_calls_are_edges) {
    CallCounts counts;
    counts.add(order_trace(), kNow);
    const auto map = counts.map(0, 0);
    EXPECT_THAT(nodes_of(map),
                UnorderedElementsAre("service gateway 1", "service order 2", "service user 1", "database user.sqlite 1",
                                     "database order.sqlite 1", "queue order (queue) 1"));
    EXPECT_THAT(edges_of(map),
                UnorderedElementsAre("gateway > order 1", "order > user 1", "user > user.sqlite 1", "order > order.sqlite 1",
                                     "order > order (queue) 1", "order (queue) > order 1"));
}

TEST(CallCounts, a_service_is_a_node_before_its_first_span) {
    CallCounts counts;
    counts.add_service("payment");
    EXPECT_THAT(nodes_of(counts.map(0, 0)), ElementsAre("service payment 0"));
}

TEST(CallCounts, spans_may_come_one_by_one_and_children_before_parents) {
    CallCounts counts;
    auto spans = order_trace();
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) counts.add({&*span, 1}, kNow);
    EXPECT_THAT(edges_of(counts.map(0, 0)),
                UnorderedElementsAre("gateway > order 1", "order > user 1", "user > user.sqlite 1", "order > order.sqlite 1",
                                     "order > order (queue) 1", "order (queue) > order 1"));
}

TEST(CallCounts, a_span_of_another_trace_with_the_same_id_is_no_child) {
    CallCounts counts;
    auto served = call_span(kOrderCalls, server, 3, 2, "x");
    served.trace_id = test::trace_id(2);
    counts.add(std::vector{call_span(kGatewayCalls, client, 2, 1, "x"), served}, kNow);
    EXPECT_THAT(edges_of(counts.map(0, 0)), ElementsAre());
}

TEST(CallCounts, a_client_span_without_a_server_goes_to_its_address_after_a_minute) {
    CallCounts counts;
    counts.add(std::vector{with(call_span(kOrderCalls, client, 2, 1, "POST"),
                                {attribute("server.address", "pay.example"), attribute("server.port", 443)}),
                           with(call_span(kOrderCalls, client, 3, 1, "POST"),
                                {attribute("server.address", "10.0.0.7"), attribute("server.port", 9000)}),
                           call_span(kOrderCalls, client, 4, 1, "nowhere")},
               kNow);
    counts.add({}, kNow + 60 * kSecond);
    EXPECT_THAT(edges_of(counts.map(0, 0)), ElementsAre());
    EXPECT_THAT(nodes_of(counts.map(0, 0)), ElementsAre("service order 0"));
    counts.add({}, kNow + 61 * kSecond);
    EXPECT_THAT(edges_of(counts.map(0, 0)), ElementsAre("order > pay.example 1", "order > 10.0.0.7:9000 1"));
    EXPECT_THAT(nodes_of(counts.map(0, 0)), ElementsAre("service order 0", "remote pay.example 1", "remote 10.0.0.7:9000 1"));
}

TEST(CallCounts, an_address_that_is_the_name_of_a_service_is_that_service) {
    CallCounts counts;
    counts.add(std::vector{call_span(kGatewayCalls, client, 2, 0, "a"), call_span(kUserCalls, server, 3, 2, "a"),
                           with(call_span(kGatewayCalls, client, 4, 0, "a"), {attribute("server.address", "user")})},
               kNow);
    counts.add({}, kNow + 61 * kSecond);
    EXPECT_THAT(edges_of(counts.map(0, 0)), ElementsAre("gateway > user 2"));
    EXPECT_THAT(nodes_of(counts.map(0, 0)), ElementsAre("service gateway 0", "service user 1"));
}

TEST(CallCounts, a_database_has_its_namespace_as_name) {
    CallCounts counts;
    const auto to = [](std::uint8_t id, AttributeVector attributes) {
        return with(call_span(kOrderCalls, client, id, 1, "call"), std::move(attributes));
    };
    counts.add(std::vector{to(1, {attribute("db.system.name", "redis"), attribute("db.namespace", "0")}),
                           to(2, {attribute("db.system.name", "postgresql"), attribute("db.namespace", "shop")}),
                           to(3, {attribute("db.system", "mysql"), attribute("server.address", "db1")}),
                           to(4, {attribute("db.system", "mongodb")})},
               kNow);
    EXPECT_THAT(edges_of(counts.map(0, 0)),
                ElementsAre("order > redis 0 1", "order > shop 1", "order > db1 1", "order > mongodb 1"));
}

TEST(CallCounts, operations_are_server_and_consumer_spans_and_internal_roots) {
    CallCounts counts;
    auto spans = order_trace();
    spans.push_back(call_span(kOrderCalls, internal, 20, 0, "order.expire_orders"));
    spans.push_back(call_span(kOrderCalls, internal, 21, 3, "step"));
    counts.add(spans, kNow);
    const auto map = counts.map(0, 0);
    EXPECT_THAT(operations_of(map),
                UnorderedElementsAre("gateway POST /api/orders 1/0/0", "order order.OrderService/CreateOrder 1/0/0",
                                     "user user.UserService/GetUser 1/0/0", "order process order 1/0/0",
                                     "order order.expire_orders 1/0/0"));
    EXPECT_THAT(nodes_of(map), testing::Contains("service order 2")) << "background work is not called";
}

TEST(CallCounts, calls_that_the_caller_was_to_blame_for_are_refused) {
    CallCounts counts;
    const auto served = [](AttributeVector attributes, int status = 0) {
        auto span = with(call_span(kOrderCalls, server, 1, 0, "op"), std::move(attributes));
        span.status = status;
        return span;
    };
    counts.add(
        std::vector{served({attribute("http.response.status_code", 200)}), served({attribute("http.response.status_code", 404)}),
                    served({attribute("http.response.status_code", 429)}, 2),
                    served({attribute("http.response.status_code", 503)}),
                    served({attribute("http.response.status_code", 200)}, 2), served({}, 2),
                    served({attribute("rpc.response.status_code", "OK")}),
                    served({attribute("rpc.response.status_code", "NOT_FOUND")}, 2),
                    served({attribute("rpc.response.status_code", "UNAVAILABLE")}),
                    served({attribute("rpc.grpc.status_code", 5)}), served({attribute("rpc.grpc.status_code", 13)})},
        kNow);
    EXPECT_THAT(operations_of(counts.map(0, 0)), ElementsAre("order op 11/4/5"));
    EXPECT_EQ(counts.map(0, 0).nodes(0).errors(), 5);
}

TEST(CallCounts, quantiles_are_exact_to_a_few_percent) {
    CallCounts counts;
    for (int i = 1; i <= 1000; ++i) {
        auto span = call_span(kOrderCalls, server, 1, 0, "op");
        span.start_ns = span.end_ns - i * kMilli;
        counts.add({&span, 1}, kNow);
    }
    const auto map = counts.map(0, 0);
    const auto& found = map.operations(0).counts();
    EXPECT_NEAR(static_cast<double>(found.p50_ns()), 500e6, 500e6 * 0.022);
    EXPECT_NEAR(static_cast<double>(found.p95_ns()), 950e6, 950e6 * 0.022);
    EXPECT_NEAR(static_cast<double>(found.p99_ns()), 990e6, 990e6 * 0.022);
}

TEST(CallCounts, counts_are_asked_for_by_time) {
    CallCounts counts;
    for (const int second : {0, 9, 10, 25}) {
        const auto span = ended(call_span(kOrderCalls, server, 1, 0, "op"), kNow + second * kSecond);
        counts.add({&span, 1}, kNow + 30 * kSecond);
    }
    const auto calls = [&](int from, int to) {
        const auto map = counts.map((kNow + from * kSecond) / 1000, (kNow + to * kSecond) / 1000);
        return map.operations_size() == 0 ? 0 : map.operations(0).counts().calls();
    };
    EXPECT_EQ(calls(0, 10), 2);
    EXPECT_EQ(calls(10, 20), 1);
    EXPECT_EQ(calls(0, 30), 4);
    EXPECT_EQ(calls(30, 60), 0);
    EXPECT_EQ(counts.map(0, 0).from_us(), kNow / 1000);
    EXPECT_EQ(counts.map(0, 0).to_us(), (kNow + 30 * kSecond) / 1000);
    EXPECT_THAT(nodes_of(counts.map((kNow + 40 * kSecond) / 1000, 0)), ElementsAre("service order 0")) << "without calls, too";
}

TEST(CallCounts, times_that_make_no_sense_count_as_the_time_of_arrival) {
    CallCounts counts;
    for (const auto end : {std::int64_t{0}, kNow + 1000 * kSecond}) {
        const auto span = ended(call_span(kOrderCalls, server, 1, 0, "op"), end);
        counts.add({&span, 1}, kNow);
    }
    EXPECT_THAT(operations_of(counts.map(kNow / 1000, 0)), ElementsAre("order op 2/0/0"));
}

TEST(CallCounts, operations_beyond_the_limit_are_counted_together) {
    CallCounts counts;
    for (int i = 0; i < 2'100; ++i) {
        const auto name = "GET /users/" + std::to_string(i);
        const auto span = call_span(kOrderCalls, server, 1, 0, name);
        counts.add({&span, 1}, kNow);
    }
    const auto map = counts.map(0, 0);
    EXPECT_EQ(map.operations_size(), 2'001);
    EXPECT_EQ(operations_of(map).front(), "order other operations 100/0/0");
}

TEST(CallCounts, services_beyond_the_limit_are_counted_together) {
    CallCounts counts;
    for (int i = 0; i < 600; ++i) {
        const auto name = "service-" + std::to_string(i);
        const Source source{.service = name};
        const auto span = call_span(source, server, 1, 0, "op");
        counts.add({&span, 1}, kNow);
    }
    const auto map = counts.map(0, 0);
    EXPECT_EQ(map.nodes_size(), 501);
    EXPECT_EQ(nodes_of(map).back(), "service other 100");
}

TEST(CallCounts, many_open_calls_do_not_pile_up) {
    CallCounts counts;
    for (std::uint32_t i = 0; i < 70'000; ++i) {
        auto span = with(call_span(kOrderCalls, client, 1, 0, "op"), {attribute("server.address", "peer")});
        for (int byte = 0; byte < 4; ++byte) span.span_id[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
        counts.add({&span, 1}, kNow);
    }
    EXPECT_THAT(edges_of(counts.map(0, 0)), ElementsAre("order > peer 4464")) << "the oldest ones no longer wait";
}

}  // namespace
}  // namespace tw::console
