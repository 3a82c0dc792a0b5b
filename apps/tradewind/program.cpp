#include "apps/tradewind/program.hpp"

#include "apps/tradewind/modules.hpp"

namespace tw::app {

runtime::Program program() { return {.name = "tradewind", .version = TW_VERSION, .modules = modules()}; }

}  // namespace tw::app
