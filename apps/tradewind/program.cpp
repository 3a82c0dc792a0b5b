#include "apps/tradewind/program.hpp"

#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/policies.hpp"

namespace tw::app {

runtime::Program program() {
    return {.name = program_name(),
            .version = TW_VERSION,
            .modules = modules(),
            .policies = policies(),
            .about = "Tradewind: users, catalogue, orders and payments as C++ services, in one process or many."};
}

}  // namespace tw::app
