#include "kit/cli/run.hpp"
#include "kit/gateway/policies.hpp"
#include "module.hpp"

int main(int argc, char** argv) {
    const tw::runtime::Program program{.name = "shipping",
                                       .version = "1.0.0",
                                       .modules = shipping::modules(),
                                       .policies = tw::gateway::default_policies(),
                                       .about = "Ships the orders of a shop."};
    return tw::cli::run(argc, argv, program);
}
