#pragma once

#include "kit/runtime/program.hpp"
#include "kit/runtime/setting.hpp"

#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace tw::cli {

/// Explains in a sentence what was wrong with a command line that `app` could not parse: which word
/// was not understood and which one was probably meant. If no word can be named, the sentence is
/// the text of `problem`.
std::string explain_usage(const CLI::App& app, const CLI::ParseError& problem, const runtime::Program& program,
                          std::span<const runtime::Setting> settings);

/// Returns the command that `words` name ("config", "show"), or the program itself if `words` is
/// empty. Null if there is no such command.
const CLI::App* find_command(const CLI::App& app, std::span<const std::string> words);

/// Returns the command's words as they are typed: "greeter config show".
std::string path_of(const CLI::App& command);

}  // namespace tw::cli
