#include "kit/rpc/standard/health_service.hpp"

#include "kit/async/timer_wheel.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/field_rules.hpp"
#include "kit/rpc/standard_method.hpp"

#include <array>
#include <grpc/health/v1/health.pb.h>
#include <map>
#include <string>
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
    /// A service's status when it was last read, and the number of calls that watch it.
    struct WatchedService {
        Status status = HealthCheckResponse::UNKNOWN;
        int watchers = 0;
    };

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
        Registration registration{*this, request.service()};
        HealthCheckResponse said;
        while (!ctx.over()) {
            const bool last = down_;
            const auto status = registration.read();
            if (status != said.status()) {
                said.set_status(status);
                if (auto sent = co_await writer.write(said); !sent) co_return sent;
                continue;
            }
            if (last) co_return Result<void>{};
            WaitList::Waiter waiter{changed_, loop_, ctx.scope()};
            co_await waiter;
        }
        co_return *ctx.over();
    }

 private:
    /// Registers one watch of a service. While any watch is registered, the statuses of all watched
    /// services are read periodically, once for all watches.
    class Registration {
     public:
        Registration(BoundHealthService& health, const std::string& service)
            : health_{health}, watched_{health.watched_.try_emplace(service).first} {
            ++watched_->second.watchers;
            if (!health.timer_.armed()) health.timer_.arm(health.loop_.now() + health.pause_);
        }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;
        ~Registration() {
            if (--watched_->second.watchers == 0) health_.watched_.erase(watched_);
            if (health_.watched_.empty()) health_.timer_.cancel();
        }

        Status read() { return health_.read_status(*watched_); }

     private:
        BoundHealthService& health_;
        std::map<std::string, WatchedService>::iterator watched_;
    };

    Status status_of(std::string_view service) const {
        const auto serving = source_(service);
        if (!serving) return HealthCheckResponse::SERVICE_UNKNOWN;
        return *serving && !down_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
    }

    /// Reads the status of a service. Wakes the watches if the status has changed since it was last
    /// read.
    Status read_status(std::pair<const std::string, WatchedService>& service) {
        const auto status = status_of(service.first);
        if (std::exchange(service.second.status, status) != status) changed_.wake_all();
        return status;
    }

    void read_all() {
        for (auto& service : watched_) read_status(service);
        timer_.arm(loop_.now() + pause_);
    }

    EventLoop& loop_;
    Source source_;
    std::chrono::milliseconds pause_;
    bool down_ = false;
    WaitList changed_;
    std::map<std::string, WatchedService> watched_;
    Timer timer_{loop_.timers(), [this] { read_all(); }};
};

}  // namespace

std::unique_ptr<HealthService> HealthService::make(EventLoop& loop, Source source, std::chrono::milliseconds pause) {
    return std::make_unique<BoundHealthService>(loop, std::move(source), pause);
}

}  // namespace tw::rpc
