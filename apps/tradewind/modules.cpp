#include "apps/tradewind/modules.hpp"

#include "services/catalog/module.hpp"
#include "services/catalog/schema.hpp"
#include "services/console/module.hpp"
#include "services/gateway/module.hpp"
#include "services/order/module.hpp"
#include "services/order/schema.hpp"
#include "services/payment/module.hpp"
#include "services/payment/schema.hpp"
#include "services/user/module.hpp"
#include "services/user/schema.hpp"

#include <array>

namespace tw::app {
namespace {

using runtime::ModuleSpec;

constexpr std::array kModules{
    ModuleSpec{.name = "user", .make = &user::make_module, .grpc_port = 50051, .schema = &user::schema},
    ModuleSpec{.name = "catalog", .make = &catalog::make_module, .grpc_port = 50054, .schema = &catalog::schema},
    ModuleSpec{.name = "payment", .make = &payment::make_module, .grpc_port = 50053, .schema = &payment::schema},
    ModuleSpec{.name = "order", .make = &order::make_module, .grpc_port = 50052, .schema = &order::schema},
    ModuleSpec{.name = "gateway", .make = &gateway_service::make_module, .serves_http = true},
    ModuleSpec{.name = "console", .make = &console::make_module, .takes_telemetry = true, .stands_alone = true},
};

}  // namespace

std::span<const ModuleSpec> modules() { return kModules; }

}  // namespace tw::app
