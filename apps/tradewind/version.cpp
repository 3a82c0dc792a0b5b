#include "apps/tradewind/version.hpp"

namespace tw::app {

std::string_view version() { return TW_VERSION; }

}  // namespace tw::app
