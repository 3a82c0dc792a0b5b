#include "kit/telemetry/prometheus.hpp"

#include "kit/telemetry/prometheus/prometheus_name.hpp"
#include "kit/telemetry/prometheus_accept.hpp"

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

constexpr std::array kPageBounds{0.005, 1.0};
constexpr Instrument kDuration{"http.server.request.duration", "s", "Duration of HTTP server requests.",
                               InstrumentKind::histogram, kPageBounds};
constexpr Instrument kOrders{"shop.orders.created", "{order}", "Orders \"placed\".\nAll of them: C:\\", InstrumentKind::counter};
constexpr Instrument kCpu{"process.cpu.time", "s", "CPU time.", InstrumentKind::counter};
constexpr Instrument kUtilization{"tw.loop.utilization", "1", "Busy share.", InstrumentKind::gauge};

Resource service(std::string_view name) {
    Resource resource;
    resource.set("service.name", std::string{name});
    resource.set("process.pid", std::int64_t{7});
    return resource;
}

std::string name_of(std::string_view name, std::string_view unit, InstrumentKind kind = InstrumentKind::gauge) {
    return prometheus_name({name, unit, "", kind}).family;
}

ServiceMetrics measured(const Resource& resource) {
    Meter meter;
    const auto duration = meter.histogram(kDuration, {{"http.route", "/a\"\\\n"}, {"http.response.status_code", 200}});
    TraceContext trace;
    trace.trace_id.fill(0xab);
    trace.span_id.fill(0x01);
    trace.flags = TraceContext::kSampled;
    duration.record(0.5, trace, Timestamp::from_unix_micros(1'700'000'000'000'042));
    duration.record(0.001);
    duration.record(3);
    meter.counter(kOrders).add(2);
    ServiceMetrics result{&resource, {}};
    meter.collect(result.points);
    result.points = merge_points(std::move(result.points));
    return result;
}

TEST(PrometheusName, ends_in_the_unit_unless_it_does_already) {
    EXPECT_EQ(name_of("http.server.request.duration", "s"), "http_server_request_duration_seconds");
    EXPECT_EQ(name_of("http.server.request.body.size", "By"), "http_server_request_body_size_bytes");
    EXPECT_EQ(name_of("waited.seconds", "s"), "waited_seconds");
    EXPECT_EQ(name_of("disk.speed", "By/s"), "disk_speed_bytes_per_second");
    EXPECT_EQ(name_of("fan.speed", "{turn}/s"), "fan_speed_per_second");
}

TEST(PrometheusName, leaves_annotations_out_and_calls_parts_of_a_whole_ratios) {
    EXPECT_EQ(name_of("shop.orders.created", "{order}", InstrumentKind::counter), "shop_orders_created");
    EXPECT_EQ(name_of("tw.loop.utilization", "1"), "tw_loop_utilization_ratio");
    EXPECT_EQ(name_of("tries", "1", InstrumentKind::counter), "tries");
}

TEST(PrometheusName, leaves_the_endings_of_histograms_to_histograms) {
    EXPECT_EQ(name_of("process.open_file_descriptor.count", "{file_descriptor}"), "process_open_file_descriptor");
    EXPECT_EQ(name_of("some.count", "s", InstrumentKind::counter), "some_seconds");
    EXPECT_EQ(name_of("batch.count", "", InstrumentKind::histogram), "batch_count");
}

TEST(PrometheusName, has_no_character_that_prometheus_refuses) {
    EXPECT_EQ(name_of("2nd..try-out", ""), "_2nd_try_out");
    EXPECT_EQ(name_of("requests.total", "", InstrumentKind::counter), "requests");
    EXPECT_EQ(prometheus_label("http.response.status_code"), "http_response_status_code");
}

TEST(PrometheusPage, in_text_has_cumulative_buckets_and_escapes) {
    const auto resource = service("user-service");
    const std::array services{measured(resource)};
    EXPECT_EQ(prometheus_page(services, PrometheusFormat::text), R"(# HELP target_info What produced the metrics.
# TYPE target_info gauge
target_info{service_name="user-service",process_pid="7"} 1
# HELP http_server_request_duration_seconds Duration of HTTP server requests.
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="0.005"} 1
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="1"} 2
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="+Inf"} 3
http_server_request_duration_seconds_count{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n"} 3
http_server_request_duration_seconds_sum{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n"} 3.501
# HELP shop_orders_created_total Orders "placed".\nAll of them: C:\\
# TYPE shop_orders_created_total counter
shop_orders_created_total{service_name="user-service"} 2
)");
}

TEST(PrometheusPage, in_open_metrics_has_units_exemplars_and_an_end) {
    const auto resource = service("user-service");
    const std::array services{measured(resource)};
    EXPECT_EQ(prometheus_page(services, PrometheusFormat::openmetrics), R"(# HELP target What produced the metrics.
# TYPE target info
target_info{service_name="user-service",process_pid="7"} 1
# HELP http_server_request_duration_seconds Duration of HTTP server requests.
# TYPE http_server_request_duration_seconds histogram
# UNIT http_server_request_duration_seconds seconds
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="0.005"} 1
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="1.0"} 2 # {trace_id="abababababababababababababababab",span_id="0101010101010101"} 0.5 1700000000.000042
http_server_request_duration_seconds_bucket{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n",le="+Inf"} 3
http_server_request_duration_seconds_count{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n"} 3
http_server_request_duration_seconds_sum{service_name="user-service",http_response_status_code="200",http_route="/a\"\\\n"} 3.501
# HELP shop_orders_created Orders \"placed\".\nAll of them: C:\\
# TYPE shop_orders_created counter
shop_orders_created_total{service_name="user-service"} 2
# EOF
)");
}

TEST(PrometheusPage, keeps_a_family_of_several_services_together) {
    const auto one = service("user-service");
    const auto other = service("order-service");
    Meter meter;
    meter.counter(kCpu, {{"cpu.mode", "user"}}).set(1.5);
    meter.counter(kUtilization).set(0.25);
    std::vector<ServiceMetrics> services{{&one, {}}, {&other, {}}};
    for (auto& entry : services) meter.collect(entry.points);
    const auto page = prometheus_page(services, PrometheusFormat::openmetrics);
    EXPECT_NE(page.find("# UNIT process_cpu_time_seconds seconds\n"
                        "process_cpu_time_seconds_total{service_name=\"user-service\",cpu_mode=\"user\"} 1.5\n"
                        "process_cpu_time_seconds_total{service_name=\"order-service\",cpu_mode=\"user\"} 1.5\n"),
              std::string::npos)
        << page;
    EXPECT_NE(page.find("# UNIT tw_loop_utilization_ratio ratio\n"), std::string::npos) << page;
}

TEST(PrometheusPage, leaves_out_an_instrument_of_another_kind_with_the_same_name) {
    constexpr Instrument kGauge{"shop_orders.created", "", "Something else.", InstrumentKind::gauge};
    const auto resource = service("order-service");
    Meter meter;
    meter.counter(kOrders).add(1);
    meter.counter(kGauge).set(9);
    std::vector<ServiceMetrics> services{{&resource, {}}};
    meter.collect(services[0].points);
    EXPECT_EQ(prometheus_page(services, PrometheusFormat::text).find(" 9\n"), std::string::npos);
}

TEST(PrometheusPage, joins_the_values_of_keys_that_become_one_label) {
    const auto resource = service("order-service");
    Meter meter;
    meter.counter(kCpu, {{"a.b", "x"}, {"a_b", "y"}}).add(1);
    std::vector<ServiceMetrics> services{{&resource, {}}};
    meter.collect(services[0].points);
    EXPECT_NE(prometheus_page(services, PrometheusFormat::text).find("a_b=\"x;y\"} 1\n"), std::string::npos);
}

TEST(PrometheusAccept, text_is_the_default_and_what_anything_means) {
    for (const auto* accept : {"", "*/*", "text/*;q=0.2", "text/plain", "application/json", "application/openmetrics-text;q=0",
                               "application/openmetrics-text;version=2.0.0", "text/plain, application/openmetrics-text;q=0.9"}) {
        EXPECT_EQ(choose_prometheus_format(accept), PrometheusFormat::text) << accept;
    }
}

TEST(PrometheusAccept, open_metrics_is_given_to_who_prefers_it) {
    for (const auto* accept :
         {"application/openmetrics-text", "Application/OpenMetrics-Text; version=1.0.0, text/plain;q=0.5",
          "application/openmetrics-text;version=\"0.0.1\"", "application/openmetrics-text;q=0.1,text/plain;q=0",
          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
          "text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"}) {
        EXPECT_EQ(choose_prometheus_format(accept), PrometheusFormat::openmetrics) << accept;
    }
}

TEST(PrometheusAccept, gzip_is_used_only_where_it_is_allowed) {
    EXPECT_TRUE(accepts_gzip("gzip"));
    EXPECT_TRUE(accepts_gzip("br;q=1.0, GZIP;q=0.5"));
    EXPECT_TRUE(accepts_gzip("*"));
    EXPECT_FALSE(accepts_gzip(""));
    EXPECT_FALSE(accepts_gzip("identity"));
    EXPECT_FALSE(accepts_gzip("*, gzip;q=0"));
}

}  // namespace
}  // namespace tw::telemetry
