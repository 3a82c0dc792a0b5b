#include "kit/otlp/settings.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

using Variables = std::map<std::string, std::string>;

Settings settings(const Variables& variables) {
    const auto parsed = parse(variables);
    EXPECT_THAT(parsed.warnings, IsEmpty());
    return parsed.settings;
}

TEST(Settings, without_variables_nothing_is_exported_and_nothing_is_said) {
    const auto none = settings({{"PATH", "/bin"}, {"OTEL_SERVICE_NAME", ""}});
    EXPECT_EQ(none.traces.exporter, ExporterKind::none);
    EXPECT_EQ(none.metrics.exporter, ExporterKind::none);
    EXPECT_EQ(none.logs.exporter, ExporterKind::none);
    EXPECT_FALSE(none.disabled);
    EXPECT_EQ(none.sampler.description(), "ParentBased{root:AlwaysOnSampler}");
    EXPECT_THAT(none.propagators, ElementsAre(Propagator::tracecontext, Propagator::baggage));
    EXPECT_EQ(none.spans.schedule_delay, 5s);
    EXPECT_EQ(none.log_records.schedule_delay, 1s);
    EXPECT_EQ(none.spans.queue_records_max, 2048U);
    EXPECT_EQ(none.spans.batch_records_max, 512U);
    EXPECT_EQ(none.metric_interval, 60s);
    EXPECT_EQ(none.traces.timeout, 10s);
}

TEST(Settings, an_endpoint_for_all_turns_all_signals_on) {
    const auto all = settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base/"}});
    EXPECT_EQ(all.traces.exporter, ExporterKind::otlp);
    EXPECT_EQ(all.traces.endpoint, "http://collector:4318/base/v1/traces");
    EXPECT_EQ(all.metrics.endpoint, "http://collector:4318/base/v1/metrics");
    EXPECT_EQ(all.logs.endpoint, "http://collector:4318/base/v1/logs");
}

TEST(Settings, a_signals_own_endpoint_is_used_as_it_is) {
    const auto own = settings({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://jaeger:4318/in"}});
    EXPECT_EQ(own.traces.endpoint, "http://jaeger:4318/in");
    EXPECT_EQ(own.traces.exporter, ExporterKind::otlp);
    EXPECT_EQ(own.metrics.exporter, ExporterKind::none);
}

TEST(Settings, otlp_endpoint_names_the_traces_url_and_the_others_lie_beside) {
    const auto alias = settings({{"OTLP_ENDPOINT", "http://otel:4318/v1/traces"}});
    EXPECT_EQ(alias.traces.exporter, ExporterKind::otlp);
    EXPECT_EQ(alias.traces.endpoint, "http://otel:4318/v1/traces");
    EXPECT_EQ(alias.metrics.endpoint, "http://otel:4318/v1/metrics");
    EXPECT_EQ(alias.logs.endpoint, "http://otel:4318/v1/logs");
    const auto both = settings({{"OTLP_ENDPOINT", "http://a:1"}, {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2"}});
    EXPECT_EQ(both.traces.endpoint, "http://b:2/v1/traces");
}

TEST(Settings, otlp_endpoint_with_the_usual_port_of_grpc_speaks_grpc) {
    const auto grpc = settings({{"OTLP_ENDPOINT", "http://otel:4317/"}});
    EXPECT_EQ(grpc.traces.protocol, Protocol::grpc);
    EXPECT_EQ(grpc.logs.protocol, Protocol::grpc);
    EXPECT_EQ(grpc.traces.endpoint, "http://otel:4317");
    const auto named = settings({{"OTLP_ENDPOINT", "http://otel:4317"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}});
    EXPECT_EQ(named.traces.protocol, Protocol::http_json);
    const auto own = settings({{"OTLP_ENDPOINT", "http://a:4317"}, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b:4317"}});
    EXPECT_EQ(own.traces.protocol, Protocol::http_protobuf);
    EXPECT_EQ(own.metrics.protocol, Protocol::grpc);
}

TEST(Settings, an_exporter_that_says_otlp_is_sent_to_the_default_endpoint) {
    const auto http = settings({{"OTEL_TRACES_EXPORTER", "OTLP"}, {"OTEL_LOGS_EXPORTER", "none"}});
    EXPECT_EQ(http.traces.endpoint, "http://localhost:4318/v1/traces");
    EXPECT_EQ(http.metrics.exporter, ExporterKind::otlp);
    EXPECT_EQ(http.logs.exporter, ExporterKind::none);
    const auto grpc = settings({{"OTEL_TRACES_EXPORTER", "otlp"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "gRPC"}});
    EXPECT_EQ(grpc.traces.protocol, Protocol::grpc);
    EXPECT_EQ(grpc.traces.endpoint, "http://localhost:4317");
}

TEST(Settings, a_grpc_endpoint_without_a_scheme_is_secure_unless_told_otherwise) {
    Variables variables{{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}};
    EXPECT_EQ(settings(variables).logs.endpoint, "https://collector:4317");
    variables["OTEL_EXPORTER_OTLP_INSECURE"] = "true";
    EXPECT_EQ(settings(variables).logs.endpoint, "http://collector:4317");
    variables["OTEL_EXPORTER_OTLP_LOGS_INSECURE"] = "FALSE";
    EXPECT_EQ(settings(variables).logs.endpoint, "https://collector:4317");
}

TEST(Settings, spans_that_are_printed_are_printed_soon_unless_a_delay_is_configured) {
    using std::chrono::milliseconds;
    EXPECT_EQ(settings({{"OTEL_TRACES_EXPORTER", "console"}}).spans.schedule_delay, milliseconds{250});
    EXPECT_EQ(settings({{"OTEL_TRACES_EXPORTER", "console"}, {"OTEL_BSP_SCHEDULE_DELAY", "700"}}).spans.schedule_delay,
              milliseconds{700});
    EXPECT_EQ(settings({{"OTEL_TRACES_EXPORTER", "otlp"}}).spans.schedule_delay, milliseconds{5'000});
}

TEST(Settings, the_other_exporters_are_chosen_by_name) {
    const auto chosen = settings({{"OTEL_TRACES_EXPORTER", "console"},
                                  {"OTEL_LOGS_EXPORTER", "file"},
                                  {"OTEL_METRICS_EXPORTER", "prometheus"},
                                  {"OTEL_EXPORTER_OTLP_FILE_PATH", "/tmp/x.jsonl"},
                                  {"OTEL_EXPORTER_PROMETHEUS_HOST", "::"},
                                  {"OTEL_EXPORTER_PROMETHEUS_PORT", "9000"}});
    EXPECT_EQ(chosen.traces.exporter, ExporterKind::console);
    EXPECT_EQ(chosen.logs.exporter, ExporterKind::file);
    EXPECT_EQ(chosen.metrics.exporter, ExporterKind::none);
    EXPECT_TRUE(chosen.prometheus);
    EXPECT_EQ(chosen.prometheus_host, "::");
    EXPECT_EQ(chosen.prometheus_port, 9000);
    EXPECT_TRUE(chosen.prometheus_listens);
    EXPECT_FALSE(settings({{"OTEL_METRICS_EXPORTER", "prometheus"}}).prometheus_listens);
    EXPECT_EQ(chosen.file_path, "/tmp/x.jsonl");
    EXPECT_EQ(settings({{"OTEL_METRICS_EXPORTER", "prometheus,otlp"}}).metrics.exporter, ExporterKind::otlp);
}

TEST(Settings, a_signals_own_options_go_before_the_general_ones) {
    const auto mixed = settings({{"OTEL_EXPORTER_OTLP_TIMEOUT", "3000"},
                                 {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "500"},
                                 {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                 {"OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none"},
                                 {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"},
                                 {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"},
                                 {"OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"},
                                 {"OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/cert.pem"}});
    EXPECT_EQ(mixed.traces.timeout, 500ms);
    EXPECT_EQ(mixed.logs.timeout, 3s);
    EXPECT_TRUE(mixed.traces.gzip);
    EXPECT_FALSE(mixed.logs.gzip);
    EXPECT_EQ(mixed.metrics.protocol, Protocol::http_json);
    EXPECT_EQ(mixed.metrics.certificate, "/ca.pem");
    EXPECT_EQ(mixed.logs.client_key, "/key.pem");
    EXPECT_EQ(mixed.traces.client_certificate, "/cert.pem");
    EXPECT_EQ(mixed.logs.client_certificate, "");
}

TEST(Settings, headers_are_decoded_and_their_values_kept_secret) {
    const auto parsed = settings({{"OTEL_EXPORTER_OTLP_HEADERS", "Api-Key=a%3Db%20c, x = y ,"}});
    ASSERT_EQ(parsed.traces.headers.size(), 2U);
    EXPECT_EQ(parsed.traces.headers[0].first, "api-key");
    EXPECT_EQ(parsed.traces.headers[0].second.reveal(), "a=b c");
    EXPECT_EQ(parsed.traces.headers[1].second.reveal(), "y");
    EXPECT_EQ(fmt::format("{}", parsed.traces.headers[0].second), "***");
}

TEST(Settings, a_bad_header_is_named_without_its_text) {
    const auto parsed = parse({{"OTEL_EXPORTER_OTLP_HEADERS", "secret%ZZ=key%ZZ,fine=1"}});
    EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_HEADERS")));
    EXPECT_THAT(parsed.warnings[0], testing::Not(HasSubstr("key%")));
    EXPECT_EQ(parsed.settings.logs.headers.size(), 1U);
}

struct BadHeader {
    const char* text;
    const char* named;
};

TEST(Settings, a_header_that_cannot_be_sent_is_left_out_alone_and_named) {
    for (const auto* protocol : {"grpc", "http/protobuf"}) {
        for (const auto& [text, named] :
             {BadHeader{"bad=line%0Abreak", "\"bad\""}, BadHeader{"bad=nul%00", "\"bad\""}, BadHeader{"bad=%C3%A4", "\"bad\""},
              BadHeader{"my key=hidden", "the name of a header"},
              BadHeader{"Authorization: Bearer hidden=x", "the name of a header"},
              BadHeader{"Content-Type=text/plain", "\"content-type\""}, BadHeader{"host=hidden", "\"host\""},
              BadHeader{"te=hidden", "\"te\""}, BadHeader{"Connection=hidden", "\"connection\""}}) {
            const auto parsed = parse({{"OTEL_EXPORTER_OTLP_HEADERS", fmt::format("first=1,{},last=2", text)},
                                       {"OTEL_EXPORTER_OTLP_PROTOCOL", protocol}});
            ASSERT_EQ(parsed.settings.traces.headers.size(), 2U) << text;
            EXPECT_EQ(parsed.settings.traces.headers[1].first, "last");
            ASSERT_THAT(parsed.warnings, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_HEADERS"))) << text;
            EXPECT_THAT(parsed.warnings[0], HasSubstr(named));
            EXPECT_THAT(parsed.warnings[0], Not(HasSubstr("hidden")));
        }
    }
}

TEST(Settings, names_that_only_grpc_reserves_are_left_out_with_grpc_only) {
    for (const auto* name : {"grpc-timeout", "traceparent"}) {
        Variables variables{{"OTEL_EXPORTER_OTLP_HEADERS", fmt::format("{}=1", name)}};
        EXPECT_EQ(settings(variables).traces.headers.size(), 1U) << name;
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        EXPECT_THAT(parse(variables).warnings, ElementsAre(HasSubstr(name)));
    }
}

TEST(Settings, the_path_of_a_signal_stands_before_the_query_of_an_endpoint) {
    const auto all = settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/in/?tenant=a#top"}});
    EXPECT_EQ(all.traces.endpoint, "http://collector:4318/in/v1/traces?tenant=a");
    EXPECT_EQ(settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318?tenant=a"}}).logs.endpoint,
              "http://collector:4318/v1/logs?tenant=a");
    const auto own = settings({{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4318/in?tenant=a"}});
    EXPECT_EQ(own.logs.endpoint, "http://collector:4318/in?tenant=a");
}

TEST(Settings, an_endpoint_of_grpc_is_told_that_its_path_has_no_effect) {
    const auto parsed =
        parse({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317/in?tenant=a"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}});
    EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT: gRPC has no path")));
    EXPECT_EQ(parsed.settings.traces.endpoint, "http://collector:4317");
}

TEST(Settings, a_bad_endpoint_for_all_signals_is_warned_about_once_by_the_name_of_its_variable) {
    for (const auto* variable : {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTLP_ENDPOINT"}) {
        const auto parsed = parse({{variable, "collector:4318"}, {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}});
        EXPECT_THAT(parsed.warnings, ElementsAre(testing::StartsWith(variable)));
    }
}

TEST(Settings, variables_that_kubernetes_sets_for_a_service_are_not_ours) {
    Variables variables;
    for (const auto* service : {"OTEL_COLLECTOR", "OTEL", "OTEL_EXPORTER_PROMETHEUS"}) {
        for (const auto* rest : {"SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_OTLP_GRPC", "PORT", "PORT_4317_TCP",
                                 "PORT_4317_TCP_PROTO", "PORT_4317_TCP_PORT", "PORT_4317_TCP_ADDR"}) {
            variables[fmt::format("{}_{}", service, rest)] = "tcp://10.0.0.1:4317";
        }
    }
    const auto parsed = settings(variables);
    EXPECT_FALSE(parsed.prometheus_listens);
    EXPECT_EQ(parsed.traces.exporter, ExporterKind::none);
}

TEST(Settings, variables_of_other_programs_in_the_same_pod_are_not_ours) {
    settings({{"OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "user-0"},
              {"OTEL_RESOURCE_ATTRIBUTES_NODE_NAME", "node"},
              {"OTEL_NODE_IP", "10.0.0.1"},
              {"OTEL_POD_IP", "10.0.0.2"},
              {"OTEL_PYTHON_LOG_CORRELATION", "true"},
              {"OTEL_JAVAAGENT_ENABLED", "true"}});
    EXPECT_THAT(parse({{"OTEL_EXPORTER_PROMETEUS_PORT", "9464"}}).warnings,
                ElementsAre(HasSubstr("OTEL_EXPORTER_PROMETEUS_PORT")));
}

TEST(Settings, a_password_in_an_endpoint_is_in_no_warning) {
    for (const auto* variable : {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTLP_ENDPOINT"}) {
        for (const auto* endpoint :
             {"http://alice:s3cret@collector:4318", "alice:s3cret@collector:4318", "ftp://alice:s3cret@collector",
              "https://alice:s3/cret@collector", "http://alice:s3 cret@collector", "http://alice:s3cret",
              "http://s3cret@collector:4318", "http://collector:port?password=s3cret"}) {
            for (const auto* protocol : {"grpc", "http/protobuf"}) {
                const auto parsed = parse({{variable, endpoint}, {"OTEL_EXPORTER_OTLP_PROTOCOL", protocol}});
                EXPECT_THAT(parsed.warnings, Not(IsEmpty())) << endpoint;
                for (const auto& warning : parsed.warnings) EXPECT_THAT(warning, Not(ContainsRegex("s3|cret"))) << endpoint;
            }
        }
    }
}

TEST(Settings, resource_attributes_are_decoded) {
    const auto parsed =
        settings({{"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,team=a%2Cb"}, {"OTEL_SERVICE_NAME", " shop "}});
    EXPECT_THAT(parsed.resource_attributes, ElementsAre(Pair("deployment.environment.name", "prod"), Pair("team", "a,b")));
    EXPECT_EQ(parsed.service_name, "shop");
}

TEST(Settings, general_limits_hold_where_a_special_one_does_not) {
    const auto limits = settings({{"OTEL_ATTRIBUTE_COUNT_LIMIT", "10"},
                                  {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20"},
                                  {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "30"},
                                  {"OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "40"},
                                  {"OTEL_SPAN_EVENT_COUNT_LIMIT", "1"},
                                  {"OTEL_SPAN_LINK_COUNT_LIMIT", "2"},
                                  {"OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "3"},
                                  {"OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "4"}});
    EXPECT_EQ(limits.span_limits.attributes.count_max, 30U);
    EXPECT_EQ(limits.span_limits.attributes.value_bytes_max, 20U);
    EXPECT_EQ(limits.log_limits.count_max, 10U);
    EXPECT_EQ(limits.log_limits.value_bytes_max, 40U);
    EXPECT_EQ(limits.span_limits.events_max, 1U);
    EXPECT_EQ(limits.span_limits.links_max, 2U);
    EXPECT_EQ(limits.span_limits.event_attributes_max, 3U);
    EXPECT_EQ(limits.span_limits.link_attributes_max, 4U);
}

TEST(Settings, batches_and_intervals_are_read) {
    const auto batches = settings({{"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                   {"OTEL_BSP_EXPORT_TIMEOUT", "200"},
                                   {"OTEL_BSP_MAX_QUEUE_SIZE", "300"},
                                   {"OTEL_BLRP_SCHEDULE_DELAY", "50"},
                                   {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "60"},
                                   {"OTEL_METRIC_EXPORT_INTERVAL", "700"},
                                   {"OTEL_METRIC_EXPORT_TIMEOUT", "80"}});
    EXPECT_EQ(batches.spans.schedule_delay, 100ms);
    EXPECT_EQ(batches.spans.export_timeout, 200ms);
    EXPECT_EQ(batches.spans.queue_records_max, 300U);
    EXPECT_EQ(batches.spans.batch_records_max, 300U);
    EXPECT_EQ(batches.log_records.schedule_delay, 50ms);
    EXPECT_EQ(batches.log_records.batch_records_max, 60U);
    EXPECT_EQ(batches.metric_interval, 700ms);
    EXPECT_EQ(batches.metric_timeout, 80ms);
}

TEST(Settings, names_are_read_in_any_case) {
    const auto named = settings({{"OTEL_SDK_DISABLED", "True"},
                                 {"OTEL_LOG_LEVEL", "DEBUG"},
                                 {"OTEL_TRACES_SAMPLER", "ParentBased_TraceIdRatio"},
                                 {"OTEL_TRACES_SAMPLER_ARG", "0.25"},
                                 {"OTEL_PROPAGATORS", "B3,tracecontext,b3,B3Multi"},
                                 {"OTEL_METRICS_EXEMPLAR_FILTER", "always_OFF"},
                                 {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "Delta"},
                                 {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram"}});
    EXPECT_TRUE(named.disabled);
    EXPECT_EQ(named.log_level, telemetry::Severity::debug);
    EXPECT_EQ(named.sampler.description(), "ParentBased{root:TraceIdRatioBased{0.25}}");
    EXPECT_THAT(named.propagators, ElementsAre(Propagator::b3, Propagator::tracecontext, Propagator::b3multi));
    EXPECT_EQ(named.exemplar_filter, ExemplarFilter::always_off);
    EXPECT_EQ(named.temporality, telemetry::Temporality::delta);
    EXPECT_THAT(settings({{"OTEL_PROPAGATORS", "none"}}).propagators, IsEmpty());
    EXPECT_FALSE(named.exponential_histograms);
    EXPECT_TRUE(settings({{"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"}})
                    .exponential_histograms);
}

struct Bad {
    const char* variable;
    const char* value;
    const char* used;
};

TEST(Settings, a_bad_value_is_named_with_what_is_used_in_its_place) {
    const Bad cases[] = {
        {"OTEL_SDK_DISABLED", "yes", "false"},
        {"OTEL_TRACES_EXPORTER", "carrier-pigeon", "none"},
        {"OTEL_METRICS_EXPORTER", "zipkin", "none"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL", "http", "http/protobuf"},
        {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "10000"},
        {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "0", "10000"},
        {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "none"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318", "http://localhost:4318/v1/traces"},
        {"OTEL_EXPORTER_OTLP_INSECURE", "1", "false"},
        {"OTEL_BSP_SCHEDULE_DELAY", "-1", "5000"},
        {"OTEL_BSP_MAX_QUEUE_SIZE", "0", "2048"},
        {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "many", "512"},
        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096", "2048"},
        {"OTEL_METRIC_EXPORT_INTERVAL", "1.5", "60000"},
        {"OTEL_ATTRIBUTE_COUNT_LIMIT", "-5", "128"},
        {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "x", "no limit"},
        {"OTEL_TRACES_SAMPLER", "sometimes", "parentbased_always_on"},
        {"OTEL_PROPAGATORS", "jaeger", "ignored"},
        {"OTEL_METRICS_EXEMPLAR_FILTER", "some", "trace_based"},
        {"OTEL_LOG_LEVEL", "loud", "info"},
        {"OTEL_EXPORTER_PROMETHEUS_PORT", "70000", "9464"},
        {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "weekly", "cumulative"},
        {"OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "summary", "explicit_bucket_histogram"},
        {"OTEL_RESOURCE_ATTRIBUTES", "novalue", "ignored"},
    };
    for (const auto& bad : cases) {
        const auto parsed = parse({{bad.variable, bad.value}});
        ASSERT_EQ(parsed.warnings.size(), 1U) << bad.variable;
        EXPECT_THAT(parsed.warnings[0], testing::AllOf(HasSubstr(bad.variable), HasSubstr(bad.value), HasSubstr(bad.used)));
    }
}

TEST(Settings, a_bad_sampler_argument_means_the_whole_ratio) {
    const auto parsed = parse({{"OTEL_TRACES_SAMPLER", "traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "2"}});
    EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("OTEL_TRACES_SAMPLER_ARG")));
    EXPECT_EQ(parsed.settings.sampler.description(), "TraceIdRatioBased{1}");
}

TEST(Settings, what_is_not_supported_is_named_once) {
    const auto parsed =
        parse({{"OTEL_EXPORTER_ZIPKIN_ENDPOINT", "http://z"}, {"OTEL_CONFIG_FILE", "x.yaml"}, {"OTEL_ENTITIES", ""}});
    EXPECT_THAT(parsed.warnings, ElementsAre(HasSubstr("OTEL_CONFIG_FILE"), HasSubstr("OTEL_EXPORTER_ZIPKIN_ENDPOINT")));
}

}  // namespace
}  // namespace tw::otlp
