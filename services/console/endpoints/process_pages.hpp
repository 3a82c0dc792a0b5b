#pragma once

#include "proto/console.pb.h"

#include <string>
#include <string_view>

namespace tw::console {

/// Fills parts of a process from what its operations port answers. Each function returns why the
/// answer cannot be read, or nothing. What an answer has too much of is left out.

/// /ready?verbose
std::string_view read_ready_page(std::string_view body, ::console::Process& process);
/// /version
std::string_view read_version_page(std::string_view body, ::console::Process& process);
/// /metrics as Prometheus text: the names of the services, uptime and memory.
std::string_view read_metrics_page(std::string_view body, ::console::Process& process);
/// /requests
std::string_view read_requests_page(std::string_view body, ::console::Process& process);
/// /loops
std::string_view read_loops_page(std::string_view body, ::console::Process& process);
/// /config
std::string_view read_config_page(std::string_view body, ::console::Process& process);
/// /log_level
std::string_view read_log_level_page(std::string_view body, ::console::Process& process);

}  // namespace tw::console
