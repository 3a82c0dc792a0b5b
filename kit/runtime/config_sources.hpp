#pragma once

#include "kit/runtime/config.hpp"

#include <map>
#include <string>
#include <vector>

namespace tw::runtime {

/// This process's environment variables.
std::map<std::string, std::string> environment();

/// Reads the configuration from flags, environment and file: the file that config.file names, which
/// must exist, or the one in the working folder that is called after the program ("greeter.toml"),
/// where there is one. A file that is there and cannot be read is an error, never the same as no
/// file. Errors as Config::read and read_toml, reason BAD_CONFIG.
Result<Config> load_config(const ProgramName& program, const std::vector<Setting>& settings, std::vector<Assignment> flags);

}  // namespace tw::runtime
