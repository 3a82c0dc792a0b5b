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
    /// What a service was when anybody looked last, and how many calls watch it.
    struct Seen {
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
        Watched watched{*this, request.service()};
        HealthCheckResponse said;
        while (!ctx.over()) {
            const bool last = down_;
            const auto status = watched.look();
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
    /// While it stands, what its service is said to be is looked at again and again: once for all who watch it.
    class Watched {
     public:
        Watched(BoundHealthService& health, const std::string& service)
            : health_{health}, seen_{health.seen_.try_emplace(service).first} {
            ++seen_->second.watchers;
            if (!health.look_.armed()) health.look_.arm(health.loop_.now() + health.pause_);
        }
        Watched(const Watched&) = delete;
        Watched& operator=(const Watched&) = delete;
        ~Watched() {
            if (--seen_->second.watchers == 0) health_.seen_.erase(seen_);
            if (health_.seen_.empty()) health_.look_.cancel();
        }

        Status look() { return health_.look_at(*seen_); }

     private:
        BoundHealthService& health_;
        std::map<std::string, Seen>::iterator seen_;
    };

    Status status_of(std::string_view service) const {
        const auto serving = source_(service);
        if (!serving) return HealthCheckResponse::SERVICE_UNKNOWN;
        return *serving && !down_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
    }

    /// Who watches hears of it if it has changed since anybody looked.
    Status look_at(std::pair<const std::string, Seen>& seen) {
        const auto status = status_of(seen.first);
        if (std::exchange(seen.second.status, status) != status) changed_.wake_all();
        return status;
    }

    void look_at_all() {
        for (auto& seen : seen_) look_at(seen);
        look_.arm(loop_.now() + pause_);
    }

    EventLoop& loop_;
    Source source_;
    std::chrono::milliseconds pause_;
    bool down_ = false;
    WaitList changed_;
    std::map<std::string, Seen> seen_;
    Timer look_{loop_.timers(), [this] { look_at_all(); }};
};

}  // namespace

std::unique_ptr<HealthService> HealthService::make(EventLoop& loop, Source source, std::chrono::milliseconds pause) {
    return std::make_unique<BoundHealthService>(loop, std::move(source), pause);
}

}  // namespace tw::rpc
