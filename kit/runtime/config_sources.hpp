#pragma once

#include "kit/runtime/config.hpp"

#include <map>
#include <string>
#include <vector>

namespace tw::runtime {

/// This process's environment variables.
std::map<std::string, std::string> environment();

/// Returns the text of a file that holds a secret, without the white space around it. Fails with
/// BAD_CONFIG; the error does not show the text.
Result<std::string> read_secret_file(const std::string& path);

/// Replaces the variables NAME_FILE by NAME with the text of the file, for settings that hold
/// secrets: those that are secret, and URLs, which may have passwords. Orchestrators mount secrets
/// as files. Fails with BAD_CONFIG if a file cannot be read, or if both variables are set.
Result<void> read_secret_files(const ProgramName& program, const std::vector<Setting>& settings, Sources& sources);

/// Reads the configuration from flags, environment and file: the file that config.file names, which
/// must exist, or the one in the working folder that is called after the program ("greeter.toml"),
/// where there is one. A file that is there and cannot be read is an error, never the same as no
/// file. Errors as Config::read and read_toml, reason BAD_CONFIG.
Result<Config> load_config(const ProgramName& program, const std::vector<Setting>& settings, std::vector<Assignment> flags);

}  // namespace tw::runtime
