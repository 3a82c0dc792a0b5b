#pragma once

#include "kit/runtime/config.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace tw::cli {

/// The options that set settings, and their values. Every command takes all of these options, so
/// that one set of flags fits `up`, `migrate` and `doctor`. The help of a command shows only the
/// options that change what the command does.
class SettingOptions {
 public:
    explicit SettingOptions(std::span<const runtime::Setting> settings) : settings_{settings} {}

    /// Adds the options to `command`. Its help shows the options in `shown` and --set.
    void add_to(CLI::App& command, const std::vector<std::string>& shown);
    /// Returns the values from the command line, in its order. They are moved out.
    std::vector<runtime::Assignment> take() { return std::move(flags_); }

 private:
    void add_pairs(const std::vector<std::string>& pairs, std::string_view suffix, std::string_view option);

    std::span<const runtime::Setting> settings_;
    std::vector<runtime::Assignment> flags_;
};

}  // namespace tw::cli
