#pragma once

#include "apps/tradewind/findings.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/runtime/config.hpp"

namespace tw::app {

/// Whether `tradewind up` could listen where the configuration says. A port that is taken is asked who has it: one of a running
/// tradewind is no problem. `running` says that a process uses the data folder.
void check_ports(const runtime::Config& config, bool running, Instruments& tools, Findings& findings);

}  // namespace tw::app
