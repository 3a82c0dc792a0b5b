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

/// Where a command finds the console's page.
struct PageAddress {
    net::Address address;
    /// Whether a console with the same data folder has said so. It runs, or was killed.
    bool announced = false;
};

/// The address that is set, or else the one that the console of the same data folder has announced,
/// or else the default address.
PageAddress page_address(const runtime::Config& config);

}  // namespace tw::console
