#include "greeter.tw.hpp"
#include "kit/gateway/module.hpp"
#include "kit/gateway/policies.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/program.hpp"
#include "proto/user.tw.hpp"

#include <array>

namespace {

using tw::runtime::ModuleSpec;

std::unique_ptr<tw::runtime::Module> make_gateway() {
    return tw::gateway::make_module({{"greeter", greeter::greeter_routes()}, {"user", user::user_service_routes()}},
                                    {.title = "Greetings and users"});
}

/// One gateway for the routes of two programs. Their modules run elsewhere, so they have no `make`.
constexpr std::array kModules{
    ModuleSpec{.name = "greeter", .grpc_port = 50061, .program = "greeter"},
    ModuleSpec{.name = "user", .grpc_port = 50051, .program = "tradewind"},
    ModuleSpec{.name = "gateway", .make = &make_gateway, .serves_http = true},
};

}  // namespace

int main() {
    const tw::runtime::Program program{
        .name = "edge", .version = "2.0.0", .modules = kModules, .policies = tw::gateway::default_policies()};
    const auto settings = tw::runtime::all_settings(program.name, program.modules, "edge-data");
    const auto config = tw::runtime::load_config(program.name, settings, {});
    if (!config) return tw::runtime::report(program.name, config.error());
    return tw::runtime::serve(program, *config, program.modules);
}
