#include "module.hpp"

#include "kit/gateway/module.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/setting_table.hpp"
#include "kit/runtime/store_module.hpp"
#include "schema.hpp"
#include "shipping_service.hpp"

#include <array>
#include <memory>
#include <vector>

namespace shipping {
namespace {

namespace runtime = tw::runtime;

/// The settings: key, member, range and unit for a number, and what a user sees.
runtime::SettingTable<ShippingSettings> shipping_settings() {
    using S = ShippingSettings;
    return {
        {"tracking_prefix", &S::tracking_prefix, "What tracking numbers begin with"},
        {"listed_max", &S::listed_max, 1, 1000, runtime::Unit::count, "How many shipments of an order are listed at most"},
    };
}

/// How the service is put together on each event loop. The database is brought up to date by
/// StoreModule before that.
class ShippingModule final : public runtime::StoreModule {
 public:
    std::string_view name() const override { return "shipping"; }
    std::string_view service_name() const override { return "shipping-service"; }

    std::vector<runtime::Setting> settings() const override { return shipping_settings().declare(); }

    tw::Result<void> serve(runtime::LoopHost& host) override {
        auto& shipments = host.keep(std::make_unique<ShipmentStore>(host.database(), host.telemetry()));
        host.add_service(std::make_unique<ShippingService>(shipments, host.channel("order"),
                                                           host.config().read(shipping_settings()), host.clock(), host.random(),
                                                           host.telemetry()));
        return {};
    }
};

std::unique_ptr<runtime::Module> make_shipping() { return std::make_unique<ShippingModule>(); }

std::unique_ptr<runtime::Module> make_gateway() {
    return tw::gateway::make_module({{"shipping", v1::shipping_service_routes()}});
}

constexpr std::array kModules{
    // It has no `make`: it runs in a process of Tradewind and is called at ORDER_SERVICE_URL.
    runtime::ModuleSpec{.name = "order", .grpc_port = 50052, .program = "tradewind"},
    runtime::ModuleSpec{.name = "shipping", .make = &make_shipping, .grpc_port = 50061, .schema = &schema},
    runtime::ModuleSpec{.name = "gateway", .make = &make_gateway, .serves_http = true},
};

}  // namespace

std::span<const runtime::ModuleSpec> modules() { return kModules; }

}  // namespace shipping
