#include "kit/otlp/otlp_json.hpp"

#include "kit/base/encoding.hpp"

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <span>

#include <boost/json.hpp>
#include <google/protobuf/util/json_util.h>

namespace tw::otlp {
namespace {

namespace collector = opentelemetry::proto::collector;
using google::protobuf::Message;

/// Replaces an id by bytes whose base64 form, in which protobuf's JSON has bytes, is the id's
/// hexadecimal form. That works because hexadecimal digits are among those of base64, and their
/// number is a multiple of four.
void make_hex(std::string& id) {
    std::string digits(id.size() * 2, '0');
    write_hex({reinterpret_cast<const std::uint8_t*>(id.data()), id.size()}, digits.data());
    if (auto bytes = base64_decode(digits)) id = std::move(*bytes);
}

void make_ids_hex(collector::trace::v1::ExportTraceServiceRequest& request) {
    for (auto& resource : *request.mutable_resource_spans()) {
        for (auto& scope : *resource.mutable_scope_spans()) {
            for (auto& span : *scope.mutable_spans()) {
                make_hex(*span.mutable_trace_id());
                make_hex(*span.mutable_span_id());
                make_hex(*span.mutable_parent_span_id());
                for (auto& link : *span.mutable_links()) {
                    make_hex(*link.mutable_trace_id());
                    make_hex(*link.mutable_span_id());
                }
            }
        }
    }
}

void make_ids_hex(collector::logs::v1::ExportLogsServiceRequest& request) {
    for (auto& resource : *request.mutable_resource_logs()) {
        for (auto& scope : *resource.mutable_scope_logs()) {
            for (auto& record : *scope.mutable_log_records()) {
                make_hex(*record.mutable_trace_id());
                make_hex(*record.mutable_span_id());
            }
        }
    }
}

template <class Points>
void make_exemplar_ids_hex(Points& points) {
    for (auto& point : points) {
        for (auto& exemplar : *point.mutable_exemplars()) {
            make_hex(*exemplar.mutable_trace_id());
            make_hex(*exemplar.mutable_span_id());
        }
    }
}

void make_ids_hex(collector::metrics::v1::ExportMetricsServiceRequest& request) {
    for (auto& resource : *request.mutable_resource_metrics()) {
        for (auto& scope : *resource.mutable_scope_metrics()) {
            for (auto& metric : *scope.mutable_metrics()) {
                if (metric.has_histogram()) make_exemplar_ids_hex(*metric.mutable_histogram()->mutable_data_points());
                if (metric.has_gauge()) make_exemplar_ids_hex(*metric.mutable_gauge()->mutable_data_points());
                if (metric.has_exponential_histogram()) {
                    make_exemplar_ids_hex(*metric.mutable_exponential_histogram()->mutable_data_points());
                }
                if (metric.has_sum()) make_exemplar_ids_hex(*metric.mutable_sum()->mutable_data_points());
            }
        }
    }
}

template <class Request>
std::string write(std::string_view bytes, bool indented) {
    Request request;
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
    make_ids_hex(request);
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_enums_as_ints = true;
    options.add_whitespace = indented;
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(request, &json, options).ok()) return {};
    return json;
}

/// Nested lists and maps in an attribute.
constexpr std::size_t kDepthMax = 100;

bool is_id(std::string_view key) { return key == "traceId" || key == "spanId" || key == "parentSpanId"; }

/// Returns the id in base64, in which protobuf's JSON has bytes; empty if it is not hexadecimal.
std::string id_as_base64(std::string_view digits) {
    std::string bytes(digits.size() / 2, '\0');
    const bool read = read_hex(digits, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return read ? base64_encode(bytes) : std::string{};
}

/// Writes every id in `value` as protobuf's JSON has it.
void make_ids_base64(boost::json::value& value) {
    if (auto* const list = value.if_array()) {
        for (auto& each : *list) make_ids_base64(each);
    }
    auto* const object = value.if_object();
    if (object == nullptr) return;
    for (auto& [key, member] : *object) {
        auto* const text = member.if_string();
        if (text != nullptr && is_id(key)) *text = id_as_base64(*text);
        if (text == nullptr) make_ids_base64(member);
    }
}

template <class Request>
std::optional<std::string> read_request(std::string_view json) {
    boost::json::parse_options depth;
    depth.max_depth = kDepthMax;
    boost::system::error_code failed;
    auto value = boost::json::parse(json, failed, {}, depth);
    if (failed || !value.is_object()) return std::nullopt;
    make_ids_base64(value);
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    Request request;
    if (!google::protobuf::util::JsonStringToMessage(boost::json::serialize(value), &request, options).ok()) return std::nullopt;
    return request.SerializeAsString();
}

template <class Response, class Rejected>
std::optional<SendOutcome> read(std::string_view json, Rejected rejected) {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    Response response;
    if (!google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &response, options).ok()) {
        return std::nullopt;
    }
    const auto& partial = response.partial_success();
    return SendOutcome{.rejected = static_cast<std::uint64_t>(rejected(partial)), .message = partial.error_message()};
}

}  // namespace

std::string to_json(telemetry::Signal signal, std::string_view request, bool indented) {
    switch (signal) {
        case telemetry::Signal::traces:
            return write<collector::trace::v1::ExportTraceServiceRequest>(request, indented);
        case telemetry::Signal::metrics:
            return write<collector::metrics::v1::ExportMetricsServiceRequest>(request, indented);
        case telemetry::Signal::logs:
            return write<collector::logs::v1::ExportLogsServiceRequest>(request, indented);
    }
    return {};
}

std::optional<std::string> from_json(telemetry::Signal signal, std::string_view json) {
    switch (signal) {
        case telemetry::Signal::traces:
            return read_request<collector::trace::v1::ExportTraceServiceRequest>(json);
        case telemetry::Signal::metrics:
            return read_request<collector::metrics::v1::ExportMetricsServiceRequest>(json);
        case telemetry::Signal::logs:
            return read_request<collector::logs::v1::ExportLogsServiceRequest>(json);
    }
    return std::nullopt;
}

std::optional<SendOutcome> decode_json_response(telemetry::Signal signal, std::string_view response) {
    switch (signal) {
        case telemetry::Signal::traces:
            return read<collector::trace::v1::ExportTraceServiceResponse>(
                response, [](const auto& partial) { return partial.rejected_spans(); });
        case telemetry::Signal::metrics:
            return read<collector::metrics::v1::ExportMetricsServiceResponse>(
                response, [](const auto& partial) { return partial.rejected_data_points(); });
        case telemetry::Signal::logs:
            return read<collector::logs::v1::ExportLogsServiceResponse>(
                response, [](const auto& partial) { return partial.rejected_log_records(); });
    }
    return std::nullopt;
}

}  // namespace tw::otlp
