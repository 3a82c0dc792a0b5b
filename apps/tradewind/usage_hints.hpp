#pragma once

#include "kit/runtime/setting.hpp"

#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace tw::app {

/// What was wrong with a command line that `app` could not parse, as a sentence: the word that was not understood and the one
/// that was probably meant, or what `problem` says.
std::string explain_usage(const CLI::App& app, const CLI::ParseError& problem, std::span<const runtime::Setting> settings);

/// The help of the command that `words` name ("config", "show"), or of the program for none. Nothing where there is no such
/// command.
const CLI::App* find_command(const CLI::App& app, std::span<const std::string> words);

/// The command's words, as they are typed: "tradewind config show".
std::string path_of(const CLI::App& command);

}  // namespace tw::app
