#pragma once

#include "kit/cli/command.hpp"

namespace tw::cli {

/// The whole main function of a program: parses the command line, reads the settings and runs the
/// command that the user named, one of `usual_commands` (kit/cli/commands.hpp). Returns the exit
/// code (sysexits.h): 0 after success, 64 for wrong usage, 78 for a setting that is wrong, 69 for
/// what the machine does not allow, 70 for a bug. What went wrong is printed on standard error, a
/// line for each problem, after the program's name.
///
/// Call it first in main, before other threads exist.
int run(int argc, char** argv, const runtime::Program& program);

/// Does the same with the program's own list of commands, in the order in which the help lists them.
int run(int argc, char** argv, const runtime::Program& program, const std::vector<Command>& commands);

}  // namespace tw::cli
