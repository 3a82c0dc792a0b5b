#include "services/console/endpoints/otlp_grpc.hpp"

#include "services/console/endpoints/export_answer.hpp"
#include "services/console/endpoints/intake.hpp"

#include <array>
#include <utility>

#include <google/protobuf/empty.pb.h>

namespace tw::console {
namespace {

/// Longer than exporters wait, since they set their own times.
constexpr std::chrono::milliseconds kExportTimeMax{30'000};

const rpc::Message& no_message() { return google::protobuf::Empty::default_instance(); }

constexpr rpc::Method served_export(std::string_view path, std::string_view service) {
    return {.path = path,
            .service = service,
            .name = "Export",
            .shape = rpc::Shape::unary,
            .idempotency = rpc::Idempotency::none,
            .deadline = kExportTimeMax,
            .allow = {},
            .request_prototype = no_message,
            .response_prototype = no_message,
            .validate = nullptr};
}

constexpr std::array kServedExports{
    served_export("/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                  "opentelemetry.proto.collector.trace.v1.TraceService"),
    served_export("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                  "opentelemetry.proto.collector.metrics.v1.MetricsService"),
    served_export("/opentelemetry.proto.collector.logs.v1.LogsService/Export",
                  "opentelemetry.proto.collector.logs.v1.LogsService"),
};

/// One of the three services. Requests stay bytes, since the archive keeps them as they came.
class OtlpService final : public rpc::Service {
 public:
    OtlpService(Archive& archive, telemetry::Signal signal) : archive_{archive}, signal_{signal}, handlers_{handler_of(signal)} {}

    std::string_view service_name() const override { return kServedExports[static_cast<std::size_t>(signal_)].service; }
    std::span<const rpc::Handler> handlers() const override { return handlers_; }

 private:
    static rpc::Handler handler_of(telemetry::Signal signal) {
        return {.method = &kServedExports[static_cast<std::size_t>(signal)],
                .unary_bytes = &OtlpService::take,
                .unary = nullptr,
                .stream = nullptr};
    }

    static Task<Result<void>> take(rpc::Service& service, const CallContext& ctx, std::string_view request,
                                   std::string& response) {
        auto& self = static_cast<OtlpService&>(service);
        std::string bytes{request};
        auto storing = store(self.archive_, ctx.loop(), self.signal_, std::move(bytes));
        auto accepted = co_await std::move(storing);
        if (!accepted) co_return std::move(accepted).error();
        response += export_answer(*accepted);
        co_return Result<void>{};
    }

    Archive& archive_;
    telemetry::Signal signal_;
    std::array<rpc::Handler, 1> handlers_;
};

}  // namespace

std::vector<std::unique_ptr<rpc::Service>> make_otlp_services(Archive& archive) {
    std::vector<std::unique_ptr<rpc::Service>> services;
    for (const auto signal : {telemetry::Signal::traces, telemetry::Signal::metrics, telemetry::Signal::logs}) {
        services.push_back(std::make_unique<OtlpService>(archive, signal));
    }
    return services;
}

}  // namespace tw::console
