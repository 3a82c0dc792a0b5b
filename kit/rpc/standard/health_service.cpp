#include "kit/rpc/standard/health_service.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/field_rules.hpp"
#include "kit/rpc/standard_method.hpp"

#include <array>
#include <grpc/health/v1/health.pb.h>
#include <utility>

namespace tw::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using Status = HealthCheckResponse::ServingStatus;

constexpr std::string_view kName = "grpc.health.v1.Health";

constexpr Method kCheck = standard_method<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Check", kName, "Check",
                                                                                   Shape::unary, std::chrono::seconds{5});
constexpr Method kWatch = standard_method<HealthCheckRequest, HealthCheckResponse>("/grpc.health.v1.Health/Watch", kName, "Watch",
                                                                                   Shape::server_streaming, kNoTimeLimit);

class BoundHealthService final : public HealthService {
 public:
    BoundHealthService(EventLoop& loop, Source source, std::chrono::milliseconds pause)
        : loop_{loop}, source_{std::move(source)}, pause_{pause} {}

    std::string_view service_name() const override { return kName; }
    std::span<const Handler> handlers() const override {
        static constexpr std::array<Handler, 2> kHandlers{make_handler<&BoundHealthService::check, kCheck>(),
                                                          make_handler<&BoundHealthService::watch, kWatch>()};
        return kHandlers;
    }

    void shut_down() override {
        down_ = true;
        changed_.wake_all();
    }

    Task<Result<HealthCheckResponse>> check(const CallContext&, const HealthCheckRequest& request) {
        const auto status = status_of(request.service());
        if (status == HealthCheckResponse::SERVICE_UNKNOWN) co_return not_found("service", request.service());
        HealthCheckResponse response;
        response.set_status(status);
        co_return response;
    }

    Task<Result<void>> watch(const CallContext& ctx, const HealthCheckRequest& request, Writer<HealthCheckResponse>& writer) {
        HealthCheckResponse said;
        while (!ctx.over()) {
            const bool last = down_;
            const auto status = status_of(request.service());
            if (status != said.status()) {
                said.set_status(status);
                if (auto sent = co_await writer.write(said); !sent) co_return sent;
            }
            if (last) co_return Result<void>{};
            if (!down_ && !ctx.over()) co_await next_look(ctx);
        }
        co_return *ctx.over();
    }

 private:
    Status status_of(std::string_view service) const {
        const auto serving = source_(service);
        if (!serving) return HealthCheckResponse::SERVICE_UNKNOWN;
        return *serving && !down_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
    }

    Task<void> next_look(const CallContext& ctx) {
        CancelScope pause{loop_, Deadline::after(loop_.now(), pause_), &ctx.scope()};
        WaitList::Waiter waiter{changed_, loop_, pause};
        co_await waiter;
    }

    EventLoop& loop_;
    Source source_;
    std::chrono::milliseconds pause_;
    bool down_ = false;
    WaitList changed_;
};

}  // namespace

std::unique_ptr<HealthService> HealthService::make(EventLoop& loop, Source source, std::chrono::milliseconds pause) {
    return std::make_unique<BoundHealthService>(loop, std::move(source), pause);
}

}  // namespace tw::rpc
