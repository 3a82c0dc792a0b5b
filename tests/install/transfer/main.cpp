#include "bank.tw.hpp"
#include "kit/cli/run.hpp"
#include "kit/gateway/module.hpp"
#include "kit/gateway/policies.hpp"
#include "purse/module.hpp"
#include "purse/schema.hpp"
#include "transfer/module.hpp"
#include "transfer/schema.hpp"

#include <array>
#include <memory>

namespace {

using tw::runtime::ModuleSpec;

std::unique_ptr<tw::runtime::Module> make_gateway() {
    return tw::gateway::make_module({{"transfer", bank::v1::transfer_service_routes()}});
}

constexpr std::array kModules{
    ModuleSpec{.name = "checking", .make = &purse::make_checking, .grpc_port = 50071, .schema = &purse::schema},
    ModuleSpec{.name = "savings", .make = &purse::make_savings, .grpc_port = 50072, .schema = &purse::schema},
    ModuleSpec{.name = "transfer", .make = &transfer::make_module, .grpc_port = 50073, .schema = &transfer::schema},
    ModuleSpec{.name = "gateway", .make = &make_gateway, .serves_http = true},
};

}  // namespace

int main(int argc, char** argv) {
    const tw::runtime::Program program{.name = "bank",
                                       .version = "1.0.0",
                                       .modules = kModules,
                                       .policies = tw::gateway::default_policies(),
                                       .about = "Moves money between accounts of two services."};
    return tw::cli::run(argc, argv, program);
}
