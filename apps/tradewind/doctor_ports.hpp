#pragma once

#include "apps/tradewind/findings.hpp"
#include "apps/tradewind/instruments.hpp"
#include "kit/runtime/config.hpp"

namespace tw::app {

/// Checks whether `tradewind up` could listen on the configured addresses. If a port is in use, the
/// function asks which program uses it. A port of a running tradewind is not a problem. `running`
/// says that a process uses the data folder.
void check_ports(const runtime::Config& config, bool running, Instruments& tools, Findings& findings);

}  // namespace tw::app
