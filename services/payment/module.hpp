#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/runtime/module.hpp"
#include "services/payment/provider.hpp"

#include <functional>
#include <memory>

namespace tw::payment {

/// Makes the provider for one loop. The providers of all loops stand for the same provider.
using ProviderFactory = std::function<std::unique_ptr<PaymentProvider>(EventLoop& loop)>;

/// Makes the module with the SimulatedProvider.
std::unique_ptr<runtime::Module> make_module();
std::unique_ptr<runtime::Module> make_module(ProviderFactory make_provider);

}  // namespace tw::payment
