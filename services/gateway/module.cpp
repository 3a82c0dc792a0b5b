#include "services/gateway/module.hpp"

#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/payment.tw.hpp"
#include "proto/user.tw.hpp"
#include "services/gateway/gateway.hpp"
#include "services/gateway/pages.hpp"

#include <array>

namespace tw::gateway {
namespace {

/// A service whose routes the gateway answers, and the module that has it.
struct Mounted {
    std::string_view module;
    std::span<const rpc::Route> (*routes)();
};

constexpr std::array kMounted{
    Mounted{"user", &::user::user_service_routes},
    Mounted{"catalog", &::catalog::catalog_service_routes},
    Mounted{"order", &::order::order_service_routes},
    Mounted{"payment", &::payment::payment_service_routes},
};

class GatewayModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "gateway"; }
    std::string_view service_name() const override { return "api-gateway"; }

    Task<Result<void>> prepare(runtime::Host&) override { co_return Result<void>{}; }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& gateway = host.keep(std::make_unique<Gateway>());
        for (const auto& mounted : kMounted) {
            if (auto added = gateway.add(mounted.routes(), host.channel(mounted.module)); !added) return added;
        }
        if (auto added = add_pages(gateway, host); !added) return added;
        host.set_http_handler(
            [&gateway](const CallContext& ctx, const http::Request& request) { return gateway.answer(ctx, request); });
        return {};
    }

    Task<void> drain(Deadline) override { co_return; }

    // Its answers may be refusals while a service is away, but it can give them.
    runtime::Health health() const override { return {}; }
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<GatewayModule>(); }

}  // namespace tw::gateway
