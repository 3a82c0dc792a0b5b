#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/module.hpp"

#include <memory>

namespace tw::console {

/// Makes the module that keeps and shows telemetry: that of its process, and what other programs
/// send by OTLP. It serves ports of its own (docs/guide/console.md).
std::unique_ptr<runtime::Module> make_module();

/// Whether `tradewind up` runs the module, by the setting telemetry.console.
bool runs_in_up(const runtime::Config& config);

/// The address of the console's page as the settings say it.
net::Address page_address(const runtime::Config& config);

}  // namespace tw::console
