#pragma once

#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::gateway_service {

/// Makes the module that answers the HTTP port with the routes of all services of the product.
std::unique_ptr<runtime::Module> make_module();

}  // namespace tw::gateway_service
