#pragma once

#include "kit/cli/command.hpp"

namespace tw::cli {

/// Returns the commands that every program has: serve, healthcheck, config show, help and version,
/// migrate if one of its modules has a database, and the commands for flows and events if modules
/// have those.
std::vector<Command> usual_commands(const runtime::Program& program);

/// Runs modules until SIGTERM or SIGINT. If the user names none, it runs every module that can run
/// here.
Command serve_command(const runtime::Program& program);
/// Returns the options of settings that are useful to a command that runs modules of this program.
std::vector<std::string> serving_options(const runtime::Program& program);
/// Applies the migrations of the databases, or lists them.
Command migrate_command(const runtime::Program& program);
/// Asks a running process with the same settings whether it is ready, at its operations port.
Command healthcheck_command(const runtime::Program& program);
/// Returns the commands `flows list`, `show`, `retry` and `cancel`, which ask a running process at
/// its operations port; none if no module of the program has durable flows.
std::vector<Command> flow_commands(const runtime::Program& program);
/// Returns the commands `events dead list`, `show`, `redrive` and `drop` in the same way; none if no
/// module has an outbox.
std::vector<Command> event_commands(const runtime::Program& program);
/// Returns the command `token dev`, which asks a running process for an access token at its
/// operations port, and its group.
std::vector<Command> token_commands();
/// The group `config`.
Command config_group();
/// Lists all settings with their values and origins.
Command config_show_command(const runtime::Program& program);
/// Shows the help of a command.
Command help_command();
Command version_command();

/// Returns the modules of these names in the order of Program::modules, or all of them if `names` is
/// empty. Modules that run elsewhere are not among them. Fails with INVALID_ARGUMENT, reason
/// UNKNOWN_MODULE, and suggests a name.
Result<std::vector<runtime::ModuleSpec>> find_modules(const runtime::Program& program, const std::vector<std::string>& names);

}  // namespace tw::cli
