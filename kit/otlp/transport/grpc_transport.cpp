#include "kit/otlp/transport/grpc_transport.hpp"

#include "kit/base/url_text.hpp"
#include "kit/http/client_url.hpp"
#include "kit/otlp/pipeline/export_response.hpp"
#include "kit/otlp/pipeline/retry.hpp"
#include "kit/otlp/transport/transport_tls.hpp"

#include <array>

#include <fmt/format.h>
#include <google/protobuf/empty.pb.h>

namespace tw::otlp {
namespace {

using google::protobuf::Empty;

constexpr std::chrono::seconds kConnectTimeMax{5};

constexpr std::string_view kSchemeAssumed =
    "; the endpoint names no scheme and is called by TLS: for a receiver without TLS write http:// before it, or set "
    "OTEL_EXPORTER_OTLP_INSECURE=true";

/// A deadline that is never reached, since the exporter sets the time itself.
constexpr std::chrono::milliseconds kNoDeadline{24 * 3600 * 1000};

const rpc::Message& empty_message() { return Empty::default_instance(); }

constexpr rpc::Method export_method(std::string_view path, std::string_view service) {
    return {.path = path,
            .service = service,
            .name = "Export",
            .shape = rpc::Shape::unary,
            .idempotency = rpc::Idempotency::none,
            .deadline = kNoDeadline,
            .allow = {},
            .request_prototype = empty_message,
            .response_prototype = empty_message,
            .validate = nullptr};
}

const rpc::Method& method_of(telemetry::Signal signal) {
    static constexpr std::array kMethods{
        export_method("/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                      "opentelemetry.proto.collector.trace.v1.TraceService"),
        export_method("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                      "opentelemetry.proto.collector.metrics.v1.MetricsService"),
        export_method("/opentelemetry.proto.collector.logs.v1.LogsService/Export",
                      "opentelemetry.proto.collector.logs.v1.LogsService"),
    };
    return kMethods[static_cast<std::size_t>(signal)];
}

SendOutcome grpc_failure(const Error& error, std::string_view endpoint) {
    const bool again = is_retryable_code(error.code(), error.retry_after().has_value());
    SendOutcome outcome{.kind = again ? SendOutcome::Kind::again : SendOutcome::Kind::refused};
    outcome.message = fmt::format("{}: {}: {}", endpoint, code_name(error.code()), error.detail());
    if (!error.cause().empty()) outcome.message += " (" + error.cause() + ")";
    outcome.retry_after = error.retry_after();
    return outcome;
}

rpc::ChannelOptions channel_options(const SignalExport& settings) {
    rpc::ChannelOptions options{.connect_time_max = kConnectTimeMax};
    options.user_agent = settings.program;
    // The exporter's own back-off decides when to retry.
    options.backoff_last = std::chrono::milliseconds{500};
    if (settings.gzip) options.compression = rpc::Compression::gzip;
    return options;
}

}  // namespace

Result<std::unique_ptr<Transport>> GrpcTransport::make(EventLoop& loop, const SignalExport& settings) {
    auto url = http::Url::parse(settings.endpoint);
    if (!url) return std::move(url).error();
    auto authority = url->address.to_string();
    if (!url->tls) {
        auto connector = net::make_connector(loop, url->address, kConnectTimeMax);
        return std::make_unique<GrpcTransport>(loop, std::move(authority), channel_options(settings), settings,
                                               std::move(connector));
    }
    auto tls = make_tls(settings, {"h2"});
    if (!tls) return std::move(tls).error();
    auto options = channel_options(settings);
    options.tls = *tls;
    auto connector = make_following_connector(loop, url->address, kConnectTimeMax, std::move(*tls));
    return std::make_unique<GrpcTransport>(loop, std::move(authority), options, settings, std::move(connector));
}

GrpcTransport::GrpcTransport(EventLoop& loop, std::string authority, const SignalExport& settings, net::Connector connector)
    : GrpcTransport{loop, std::move(authority), channel_options(settings), settings, std::move(connector)} {}

GrpcTransport::GrpcTransport(EventLoop& loop, std::string authority, const rpc::ChannelOptions& options,
                             const SignalExport& settings, net::Connector connector)
    : caller_{loop, std::move(authority), options, std::move(connector)},
      endpoint_{printable_url(settings.endpoint)},
      // With OTEL_EXPORTER_OTLP_INSECURE the assumed scheme is http://, which needs no hint.
      scheme_assumed_{settings.scheme_assumed && !settings.insecure} {
    for (const auto& [name, value] : settings.headers) headers_.emplace_back(name, value.reveal());
}

Task<SendOutcome> GrpcTransport::send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) {
    const auto response = co_await caller_.unary(ctx, method_of(signal), headers_, request);
    if (!response) {
        auto failed = grpc_failure(response.error(), endpoint_);
        if (scheme_assumed_ && response.error().code() == Code::unavailable) failed.message += kSchemeAssumed;
        co_return failed;
    }
    if (auto accepted = decode_export_response(*response)) co_return *std::move(accepted);
    co_return SendOutcome::refusal(endpoint_ + ": the answer is no OTLP response; is it the address of a receiver?");
}

}  // namespace tw::otlp
