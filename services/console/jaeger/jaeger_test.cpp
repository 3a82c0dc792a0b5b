#include "services/console/jaeger.hpp"

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "services/console/fake_archive.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using ExportRequest = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using opentelemetry::proto::trace::v1::Span;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kTraceId = "0af70000000000000000000000000001";
constexpr std::uint64_t kStartNs = 1'700'000'000'000'001'999;

/// An archive of one trace, whose spans a test gives it. Every query finds it, as often as the test
/// says, two a page.
class TraceArchive final : public test::FakeArchive {
 public:
    TraceArchive() {
        every_query_finds_all = true;
        page_size_max = 2;
    }
    /// Lets searches find the trace so often.
    void find(std::size_t times) {
        traces.resize(times);
        for (auto& trace : traces) trace.set_trace_id(std::string{kTraceId});
    }
    Result<std::string> get_otlp(const std::string& trace_id) override {
        if (trace_id == kTraceId && trace.resource_spans_size() > 0) return trace.SerializeAsString();
        return FakeArchive::get_otlp(trace_id);
    }

    ExportRequest trace;
};

template <class Attributes>
void set_text(Attributes& attributes, const std::string& key, const std::string& value) {
    auto* added = attributes.Add();
    added->set_key(key);
    added->mutable_value()->set_string_value(value);
}

/// Adds a span of a service to the trace of the archive.
Span& add_span(TraceArchive& archive, const std::string& service, const std::string& name, std::uint8_t id) {
    auto* resource = archive.trace.add_resource_spans();
    set_text(*resource->mutable_resource()->mutable_attributes(), "service.name", service);
    set_text(*resource->mutable_resource()->mutable_attributes(), "service.version", "0.1.0");
    auto* scope = resource->add_scope_spans();
    scope->mutable_scope()->set_name("tradewind");
    auto& span = *scope->add_spans();
    span.set_trace_id(std::string("\x0a\xf7\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16));
    span.set_span_id(std::string("\xb7\0\0\0\0\0\0", 7) + static_cast<char>(id));
    span.set_name(name);
    span.set_kind(Span::SPAN_KIND_SERVER);
    span.set_start_time_unix_nano(kStartNs);
    span.set_end_time_unix_nano(kStartNs + 1'234'567);
    return span;
}

boost::json::value json(const JaegerAnswer& answer) {
    EXPECT_EQ(answer.http_status, 200) << answer.body;
    return boost::json::parse(answer.body);
}

std::string data_of(const JaegerAnswer& answer) { return boost::json::serialize(json(answer).at("data")); }

/// The query that a search of Jaeger becomes.
std::string query_of(std::string_view parameters) {
    TraceArchive archive;
    const auto answer = answer_jaeger(archive, "/api/traces", parameters);
    return answer.http_status == 200 ? archive.trace_requests.front().q() : answer.body;
}

TEST(Jaeger, a_trace_has_spans_and_the_processes_that_sent_them) {
    TraceArchive archive;
    add_span(archive, "gateway", "POST /api/orders", 1);
    add_span(archive, "order", "CreateOrder", 2).set_parent_span_id(std::string("\xb7\0\0\0\0\0\0\x01", 8));
    add_span(archive, "gateway", "internal", 3);
    const auto answer = json(answer_jaeger(archive, "/api/traces/" + std::string{kTraceId}, ""));
    const auto& trace = answer.at("data").at(0);
    EXPECT_EQ(trace.at("traceID").as_string(), kTraceId);
    const auto& spans = trace.at("spans").as_array();
    ASSERT_EQ(spans.size(), 3U);
    EXPECT_EQ(spans[0].at("operationName").as_string(), "POST /api/orders");
    EXPECT_EQ(spans[0].at("startTime").as_int64(), 1'700'000'000'000'001);
    EXPECT_EQ(spans[0].at("duration").as_int64(), 1'234);
    EXPECT_TRUE(spans[0].at("references").as_array().empty());
    EXPECT_EQ(boost::json::serialize(spans[1].at("references")),
              R"([{"refType":"CHILD_OF","traceID":"0af70000000000000000000000000001","spanID":"b700000000000001"}])");
    EXPECT_EQ(spans[0].at("processID").as_string(), "p1");
    EXPECT_EQ(spans[1].at("processID").as_string(), "p2");
    EXPECT_EQ(spans[2].at("processID").as_string(), "p1") << "equal senders are one process";
    EXPECT_EQ(boost::json::serialize(trace.at("processes")),
              R"({"p1":{"serviceName":"gateway","tags":[{"key":"service.version","type":"string","value":"0.1.0"}]},)"
              R"("p2":{"serviceName":"order","tags":[{"key":"service.version","type":"string","value":"0.1.0"}]}})");
}

TEST(Jaeger, the_envelope_has_all_members_of_jaegers) {
    TraceArchive archive;
    EXPECT_EQ(answer_jaeger(archive, "/api/services", "").body, R"({"data":null,"total":0,"limit":0,"offset":0,"errors":null})");
}

TEST(Jaeger, tags_have_types) {
    TraceArchive archive;
    auto& span = add_span(archive, "order", "op", 1);
    set_text(*span.mutable_attributes(), "text", "a\"b");
    const auto add = [&](const char* key) {
        auto* added = span.add_attributes();
        added->set_key(key);
        return added->mutable_value();
    };
    add("small")->set_int_value(7);
    add("large")->set_int_value(9'007'199'254'740'993);
    add("number")->set_double_value(0.25);
    add("flag")->set_bool_value(true);
    add("bytes")->set_bytes_value("ab");
    add("list")->mutable_array_value()->add_values()->set_int_value(1);
    span.mutable_status()->set_code(opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
    span.mutable_status()->set_message("locked");
    span.set_trace_state("a=b");
    const auto answer = json(answer_jaeger(archive, "/api/traces/" + std::string{kTraceId}, ""));
    EXPECT_EQ(boost::json::serialize(answer.at("data").at(0).at("spans").at(0).at("tags")),
              R"([{"key":"otel.scope.name","type":"string","value":"tradewind"},)"
              R"({"key":"text","type":"string","value":"a\"b"},{"key":"small","type":"int64","value":7},)"
              R"({"key":"large","type":"int64","value":"9007199254740993"},{"key":"number","type":"float64","value":2.5E-1},)"
              R"({"key":"flag","type":"bool","value":true},{"key":"bytes","type":"binary","value":"YWI="},)"
              R"({"key":"list","type":"string","value":"[1]"},{"key":"span.kind","type":"string","value":"server"},)"
              R"({"key":"otel.status_code","type":"string","value":"ERROR"},{"key":"error","type":"bool","value":true},)"
              R"({"key":"otel.status_description","type":"string","value":"locked"},)"
              R"({"key":"w3c.tracestate","type":"string","value":"a=b"}])");
}

TEST(Jaeger, events_are_logs_and_links_are_references) {
    TraceArchive archive;
    auto& span = add_span(archive, "order", "op", 1);
    auto* event = span.add_events();
    event->set_name("retry");
    event->set_time_unix_nano(kStartNs);
    set_text(*event->mutable_attributes(), "reason", "busy");
    auto* link = span.add_links();
    link->set_trace_id(std::string(16, '\x02'));
    link->set_span_id(std::string(8, '\x03'));
    const auto answer = json(answer_jaeger(archive, "/api/traces/" + std::string{kTraceId}, ""));
    const auto& found = answer.at("data").at(0).at("spans").at(0);
    EXPECT_EQ(boost::json::serialize(found.at("logs")),
              R"([{"timestamp":1700000000000001,"fields":[{"key":"event","type":"string","value":"retry"},)"
              R"({"key":"reason","type":"string","value":"busy"}]}])");
    EXPECT_EQ(boost::json::serialize(found.at("references")),
              R"([{"refType":"FOLLOWS_FROM","traceID":"02020202020202020202020202020202","spanID":"0303030303030303"}])");
}

TEST(Jaeger, an_unknown_trace_is_not_found) {
    TraceArchive archive;
    const auto answer = answer_jaeger(archive, "/api/traces/7", "");
    EXPECT_EQ(answer.http_status, 404);
    EXPECT_EQ(answer.body, R"({"data":null,"total":0,"limit":0,"offset":0,"errors":[{"code":404,"msg":"trace not found"}]})");
    EXPECT_EQ(answer_jaeger(archive, "/api/traces/x7", "").http_status, 400);
    EXPECT_EQ(answer_jaeger(archive, "/api/other", "").http_status, 404);
    EXPECT_EQ(answer_jaeger(archive, "/api/services/a/b/operations", "").http_status, 404);
}

TEST(Jaeger, traces_are_asked_for_by_several_ids) {
    TraceArchive archive;
    add_span(archive, "order", "op", 1);
    const auto answer = answer_jaeger(archive, "/api/traces", "traceID=AF70000000000000000000000000001&traceID=7");
    EXPECT_THAT(answer.body, HasSubstr(R"("operationName":"op")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("errors":[{"msg":"trace not found","traceID":"00000000000000000000000000000007"}])"));
}

TEST(Jaeger, a_search_becomes_a_query) {
    EXPECT_EQ(query_of("service=order"), R"("service":"order")");
    EXPECT_EQ(query_of("service=order&operation=POST+%2Fapi%2Forders&minDuration=1.5ms&maxDuration=1m30s"),
              R"("service":"order" "name":"POST /api/orders" duration>=1500000ns duration<=90000000000ns)");
    EXPECT_EQ(query_of("service=a%22b*c%5Cd"), R"("service":"a\"b\*c\\d")");
    EXPECT_EQ(query_of("service=order&tag=http.route%3A%2Fa%3Ab&tag=error:true"),
              R"("service":"order" "http.route":"/a:b" error)");
    EXPECT_EQ(
        query_of(R"(service=order&tags=%7B%22span.kind%22%3A%22client%22%2C%22n%22%3A%225%22%2C%22error%22%3A%22false%22%7D)"),
        R"("service":"order" "kind":"client" "n":"5" -error)");
}

TEST(Jaeger, a_search_goes_on_until_its_limit) {
    TraceArchive archive;
    add_span(archive, "order", "op", 1);
    archive.find(5);
    const auto answer = json(answer_jaeger(archive, "/api/traces", "service=order&limit=3&start=1000&end=2000&lookback=1h"));
    EXPECT_EQ(answer.at("data").as_array().size(), 3U);
    ASSERT_EQ(archive.trace_requests.size(), 2U);
    EXPECT_EQ(archive.trace_requests[0].from_us(), 1000);
    EXPECT_EQ(archive.trace_requests[0].to_us(), 2000);
    EXPECT_EQ(archive.trace_requests[1].page_size(), 1);
}

TEST(Jaeger, a_search_that_cannot_be_read_is_refused) {
    EXPECT_THAT(query_of(""), HasSubstr(R"({"code":400,"msg":"parameter 'service' is required"})"));
    EXPECT_THAT(query_of("service=a&minDuration=5"), HasSubstr(R"(minDuration: \"5\" is no duration)"));
    EXPECT_THAT(query_of("service=a&maxDuration=-5s"), HasSubstr("is no duration"));
    EXPECT_THAT(query_of("service=a&tag=x"), HasSubstr("tag: key:value was expected"));
    EXPECT_THAT(query_of("service=a&tags=x"), HasSubstr("tags: a JSON object was expected"));
    EXPECT_THAT(query_of("service=a&limit=x"), HasSubstr("limit: \\\"x\\\" is no whole number"));
    EXPECT_THAT(query_of("service=%zz"), HasSubstr("cannot be decoded"));
}

TEST(Jaeger, services_are_those_that_have_sent_spans) {
    TraceArchive archive;
    for (const auto* const kind : {"service", "database"}) {
        auto* node = archive.map.add_nodes();
        node->set_name(std::string{"a "} + kind);
        node->set_kind(kind);
    }
    EXPECT_EQ(answer_jaeger(archive, "/api/services", "").body,
              R"({"data":["a service"],"total":1,"limit":0,"offset":0,"errors":null})");
}

TEST(Jaeger, operations_are_those_counted_and_the_names_of_new_spans) {
    TraceArchive archive;
    archive.find(1);
    add_span(archive, "order service", "CreateOrder", 1);
    add_span(archive, "order service", "INSERT orders", 2).set_kind(Span::SPAN_KIND_CLIENT);
    add_span(archive, "user", "GetUser", 3);
    for (const auto* const name : {"CreateOrder", "GetOrder"}) {
        auto* operation = archive.map.add_operations();
        operation->set_service("order service");
        operation->set_name(name);
    }
    EXPECT_EQ(data_of(answer_jaeger(archive, "/api/services/order%20service/operations", "")),
              R"(["CreateOrder","GetOrder","INSERT orders"])");
    EXPECT_EQ(data_of(answer_jaeger(archive, "/api/operations", "service=order+service")),
              R"([{"name":"CreateOrder","spanKind":"server"},{"name":"GetOrder","spanKind":"server"},)"
              R"({"name":"INSERT orders","spanKind":"client"}])");
    EXPECT_EQ(data_of(answer_jaeger(archive, "/api/operations", "service=order+service&spanKind=client")),
              R"([{"name":"INSERT orders","spanKind":"client"}])");
    EXPECT_EQ(answer_jaeger(archive, "/api/operations", "").http_status, 400);
}

TEST(Jaeger, dependencies_are_calls_between_services) {
    TraceArchive archive;
    for (const auto* const name : {"gateway", "order", "user"}) {
        auto* node = archive.map.add_nodes();
        node->set_name(name);
        node->set_kind("service");
    }
    const auto add = [&](const char* from, const char* to) {
        auto* edge = archive.map.add_edges();
        edge->set_from(from);
        edge->set_to(to);
        edge->mutable_counts()->set_calls(7);
    };
    add("gateway", "order");
    add("order", "user");
    add("order", "order.sqlite");
    EXPECT_EQ(data_of(answer_jaeger(archive, "/api/dependencies", "endTs=5000000&lookback=1000000")),
              R"([{"parent":"gateway","child":"order","callCount":7},{"parent":"order","child":"user","callCount":7}])");
    EXPECT_EQ(archive.map_request.from_us(), 4'000'000'000);
    EXPECT_EQ(archive.map_request.to_us(), 5'000'000'000);
    EXPECT_EQ(data_of(answer_jaeger(archive, "/api/dependencies", "service=gateway")),
              R"([{"parent":"gateway","child":"order","callCount":7}])");
}

}  // namespace
}  // namespace tw::console
