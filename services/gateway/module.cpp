#include "services/gateway/module.hpp"

#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/rpc_settings.hpp"
#include "kit/runtime/setting_table.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/payment.tw.hpp"
#include "proto/user.tw.hpp"
#include "services/gateway/conditional_requests.hpp"
#include "services/gateway/cors.hpp"
#include "services/gateway/gateway.hpp"
#include "services/gateway/pages.hpp"
#include "services/gateway/rate_limit.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace tw::gateway {
namespace {

/// A service whose routes the gateway answers, and the module that runs the service.
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

std::vector<std::string_view> services_with_routes() {
    std::vector<std::string_view> names;
    for (const auto& mounted : kMounted) {
        for (const auto& route : mounted.routes()) {
            if (names.empty() || names.back() != route.method->service) names.push_back(route.method->service);
        }
    }
    return names;
}

struct GatewaySettings {
    /// How many requests per second one client may make to one route over time. 0 means no limit.
    std::uint32_t requests_per_second_max = 100'000;
    std::uint32_t requests_burst_max = 200'000;
    /// Lists separated by commas, as Cors::allowing takes them.
    std::string cors_origins;
    std::string cors_headers;
    std::string cors_exposed_headers;
    std::chrono::seconds cors_age{600};
};

runtime::SettingTable<GatewaySettings> gateway_settings() {
    using S = GatewaySettings;
    using runtime::Unit;
    return {
        {"requests_per_second_max", &S::requests_per_second_max, 0, 10'000'000, Unit::count,
         "What one address may ask of one route, in the long run; 0 means no limit"},
        {"requests_burst_max", &S::requests_burst_max, 1, 100'000'000, Unit::count,
         "What one address may ask of one route at once"},
        {"cors_origins", &S::cors_origins, "Pages of which origins may use the API from a browser: https://shop.example, … or *"},
        {"cors_headers", &S::cors_headers,
         "Header fields that such a page may send beside those that the API knows: X-Request-Id, …"},
        {"cors_exposed_headers", &S::cors_exposed_headers,
         "Header fields of answers that such a page may read beside those that the API sends"},
        {"cors_age_seconds", &S::cors_age, 0, 86'400, Unit::seconds, "How long a browser may keep the answer to a preflight"},
    };
}

Result<Cors> cors_of(const runtime::ModuleConfig& config) {
    const auto settings = config.read(gateway_settings());
    return Cors::allowing(settings.cors_origins, settings.cors_age,
                          {.of_requests = settings.cors_headers, .of_responses = settings.cors_exposed_headers});
}

class GatewayModule final : public runtime::Module {
 public:
    std::string_view name() const override { return "gateway"; }
    std::string_view service_name() const override { return "api-gateway"; }

    std::vector<runtime::Setting> settings() const override { return gateway_settings().declare(); }

    Task<Result<void>> prepare(runtime::Host& host) override {
        // This call only finds errors in the settings. Each loop makes its own policy later.
        auto cors = cors_of(host.config());
        if (!cors) co_return std::move(cors).error();
        co_return Result<void>{};
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& gateway = host.keep(std::make_unique<Gateway>(host.telemetry()));
        gateway.set_policies(host.edge_policies());
        for (const auto& mounted : kMounted) {
            if (auto added = gateway.add(mounted.routes(), host.channel(mounted.module)); !added) return added;
        }
        if (auto added = add_pages(gateway, host); !added) return added;
        auto& standard = make_standard(host);
        gateway.serve_standard(standard);
        host.listen_to_drain(standard);
        gateway.bound_messages(runtime::http_settings(host.config().all()).body_bytes_max);
        gateway.name_errors(host.config().all().program().text());
        host.set_http_handler(
            [&gateway](const CallContext& ctx, const http::Request& request) { return gateway.answer(ctx, request); },
            [&gateway](const http::Request& request, const Error& why, http::Response& response) {
                gateway.complete_refusal(request, why, response);
            },
            &standard);
        return {};
    }

    Task<void> drain(Deadline) override { co_return; }

    // The gateway can always answer, even if its answers are refusals while a service is away.
    runtime::Health health() const override { return {}; }

 private:
    StandardServices& make_standard(runtime::LoopHost& host) const {
        const auto& config = host.config().all();
        StandardServices::Options options{.limits = runtime::rpc_limits(config), .streams = streams_};
        // If HTTP connections have no limit for each address, streams have none either. Many
        // clients may share an address, for example behind a load balancer.
        if (runtime::http_settings(config).connections_per_address_max == 0) options.streams_max.connections_per_address_max = 0;
        return host.keep(std::make_unique<StandardServices>(
            host.loop(), host.telemetry(), services_with_routes(), [&host] { return host.overall_health().ready; },
            std::move(options)));
    }

    /// Counts the open calls of standard services on all loops.
    net::ConnectionCount streams_;
};

}  // namespace

std::unique_ptr<rpc::Policy> make_cors(runtime::LoopHost& host) {
    // The module has already refused to start if its settings are wrong.
    auto cors = cors_of(host.config()).value();
    return cors.allows_any() ? std::make_unique<Cors>(std::move(cors)) : nullptr;
}

std::unique_ptr<rpc::Policy> make_conditional_requests() { return std::make_unique<ConditionalRequests>(); }

std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host) {
    const auto settings = host.config().read(gateway_settings());
    if (settings.requests_per_second_max == 0) return nullptr;
    const auto rate = cache::Rate::of(settings.requests_per_second_max, std::chrono::seconds{1}, settings.requests_burst_max);
    return std::make_unique<RateLimit>(host.rate_limiter(), rate);
}

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<GatewayModule>(); }

}  // namespace tw::gateway
