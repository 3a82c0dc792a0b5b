#pragma once

#include "kit/cli/command.hpp"

#include <span>
#include <variant>
#include <vector>

namespace tw::cli {

/// What the user asked for on the command line.
struct CommandLine {
    /// One of the commands given to `parse`.
    const Command* command = nullptr;
    Arguments arguments;
    /// The settings that the user gave as options.
    std::vector<runtime::Assignment> flags;
};

/// Parses the command line; `settings` become options. Returns an exit code if nothing is left to
/// do: 0 after it printed a help text, 64 after it printed a usage error. `run` does this; a test
/// can call it to see how a command line is understood.
std::variant<CommandLine, int> parse(int argc, char** argv, const runtime::Program& program, std::span<const Command> commands,
                                     std::span<const runtime::Setting> settings);

}  // namespace tw::cli
