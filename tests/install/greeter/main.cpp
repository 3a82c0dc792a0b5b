#include "kit/gateway/policies.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/program.hpp"
#include "module.hpp"

int main() {
    const tw::runtime::Program program{
        .name = "greeter", .version = "1.0.0", .modules = greeter::modules(), .policies = tw::gateway::default_policies()};
    const auto settings = tw::runtime::all_settings(program.name, program.modules, "greeter-data");
    const auto config = tw::runtime::load_config(program.name, settings, {});
    if (!config) return tw::runtime::report(program.name, config.error());
    return tw::runtime::serve(program, *config, program.modules);
}
