#include "services/order/module.hpp"

#include "kit/runtime/store_module.hpp"
#include "services/order/order_service.hpp"
#include "services/order/schema.hpp"

namespace tw::order {
namespace {

class OrderModule final : public runtime::StoreModule {
 public:
    OrderModule() : StoreModule{schema()} {}

    std::string_view name() const override { return "order"; }
    std::string_view service_name() const override { return "order-service"; }

    Result<void> serve(runtime::LoopHost& host) override {
        auto& orders = host.keep(std::make_unique<OrderStore>(host.database(), host.telemetry()));
        host.add_service(std::make_unique<OrderService>(orders, host.channel("user"), host.channel("catalog"), host.clock(),
                                                        host.random(), host.telemetry()));
        return {};
    }
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<OrderModule>(); }

}  // namespace tw::order
