#include "apps/tradewind/modules.hpp"

#include "services/catalog/module.hpp"
#include "services/catalog/schema.hpp"
#include "services/gateway/module.hpp"
#include "services/order/module.hpp"
#include "services/order/schema.hpp"
#include "services/payment/module.hpp"
#include "services/payment/schema.hpp"
#include "services/user/module.hpp"
#include "services/user/schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tw::app {
namespace {

using runtime::ModuleSpec;

constexpr std::array kModules{
    ModuleSpec{.name = "user", .make = &user::make_module, .grpc_port = 50051, .schema = &user::schema},
    ModuleSpec{.name = "catalog", .make = &catalog::make_module, .grpc_port = 50054, .schema = &catalog::schema},
    ModuleSpec{.name = "payment", .make = &payment::make_module, .grpc_port = 50053, .schema = &payment::schema},
    ModuleSpec{.name = "order", .make = &order::make_module, .grpc_port = 50052, .schema = &order::schema},
    ModuleSpec{.name = "gateway", .make = &gateway::make_module, .serves_http = true},
};

Error unknown_module(const std::string& name) {
    std::vector<std::string> known;
    for (const auto& module : kModules) known.emplace_back(module.name);
    auto text = fmt::format("there is no module \"{}\"; there are {}", name, fmt::join(known, ", "));
    if (const auto meant = runtime::closest(name, known); !meant.empty()) text += fmt::format("; did you mean {}?", meant);
    return Error{Code::invalid_argument, "UNKNOWN_MODULE", text};
}

}  // namespace

std::span<const ModuleSpec> modules() { return kModules; }

Result<std::vector<ModuleSpec>> find_modules(std::span<const std::string> names) {
    for (const auto& name : names) {
        const auto known = [&](const ModuleSpec& module) { return module.name == name; };
        if (std::none_of(kModules.begin(), kModules.end(), known)) return unknown_module(name);
    }
    std::vector<ModuleSpec> found;
    for (const auto& module : kModules) {
        if (std::find(names.begin(), names.end(), module.name) != names.end()) found.push_back(module);
    }
    return found;
}

}  // namespace tw::app
