#include "kit/gateway/module.hpp"

#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/pages/pages.hpp"
#include "kit/gateway/settings/gateway_settings.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/policies.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/rpc_settings.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::gateway {
namespace {

class GatewayModule final : public runtime::Module {
 public:
    GatewayModule(std::vector<Mount> mounts, Options options)
        : mounts_{std::move(mounts)}, options_{std::move(options)}, document_{routes_of(mounts_)} {}

    std::string_view name() const override { return "gateway"; }
    std::string_view service_name() const override { return "api-gateway"; }

    std::vector<runtime::Setting> settings() const override { return gateway_settings().declare(); }

    std::vector<runtime::AnsweredRoutes> answered_routes() const override {
        std::vector<runtime::AnsweredRoutes> all;
        for (const auto& mount : mounts_) all.push_back({mount.module, mount.routes});
        return all;
    }

    Task<Result<void>> prepare(runtime::Host& host) override {
        listening_ = host.listening();
        // This call only finds errors in the settings. Each loop makes its own policy later.
        auto cors = cors_of(host.config());
        if (!cors) co_return std::move(cors).error();
        co_return Result<void>{};
    }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& gateway = host.keep(std::make_unique<Gateway>(host.telemetry()));
        gateway.set_policies(host.edge_policies());
        for (const auto& mount : mounts_) {
            if (auto added = gateway.add(mount.routes, host.channel(mount.module)); !added) return added;
        }
        const auto& program = host.config().all().program().text();
        auto title = options_.title.empty() ? program : options_.title;
        const auto settings = host.config().read(gateway_settings());
        PagesOptions pages{.title = std::move(title), .console_url = console_url()};
        if (shows_api(settings, runtime::profile_of(host.config().all()))) pages.viewer = &viewer_;
        if (auto added = add_pages(gateway, host, document_, std::move(pages)); !added) return added;
        auto& standard = make_standard(host);
        gateway.serve_standard(standard);
        host.listen_to_drain(standard);
        gateway.bound_messages(runtime::http_settings(host.config().all()).body_bytes_max);
        gateway.name_errors(program);
        gateway.set_heartbeat(settings.heartbeat);
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
    static std::vector<rpc::Routes> routes_of(const std::vector<Mount>& mounts) {
        std::vector<rpc::Routes> all;
        for (const auto& mount : mounts) all.push_back(mount.routes);
        return all;
    }

    /// The page of a module "console" of this process. All modules have prepared when one serves.
    std::string console_url() const {
        if (listening_ == nullptr) return {};
        const auto found = std::ranges::find(listening_->own, "console", &std::pair<std::string, net::Address>::first);
        return found == listening_->own.end() ? std::string{} : fmt::format("http://localhost:{}", found->second.port);
    }

    std::vector<std::string_view> services_with_routes() const {
        std::vector<std::string_view> names;
        for (const auto& mount : mounts_) {
            for (const auto& route : mount.routes) {
                if (names.empty() || names.back() != route.method->service) names.push_back(route.method->service);
            }
        }
        return names;
    }

    StandardServices& make_standard(runtime::LoopHost& host) const {
        const auto& config = host.config().all();
        auto owned = std::make_unique<runtime::PolicyList<rpc::Policy>>(runtime::standard_policies(host));
        const std::span<rpc::Policy* const> policies = host.keep(std::move(owned));
        StandardServices::Options options{.limits = runtime::rpc_limits(config), .streams = streams_, .policies = policies};
        // If HTTP connections have no limit for each address, streams have none either. Many
        // clients may share an address, for example behind a load balancer.
        if (runtime::http_settings(config).connections_per_address_max == 0) options.streams_max.connections_per_address_max = 0;
        return host.keep(std::make_unique<StandardServices>(
            host.loop(), host.telemetry(), services_with_routes(), [&host] { return host.overall_health().ready; },
            std::move(options)));
    }

    std::vector<Mount> mounts_;
    Options options_;
    SharedOpenApi document_;
    ApiViewer viewer_;
    /// The ports of the process; null in a simulation.
    const runtime::Listening* listening_ = nullptr;
    /// Counts the open calls of standard services on all loops.
    net::ConnectionCount streams_;
};

}  // namespace

std::unique_ptr<runtime::Module> make_module(std::vector<Mount> mounts, Options options) {
    return std::make_unique<GatewayModule>(std::move(mounts), std::move(options));
}

}  // namespace tw::gateway
