#pragma once

#include "kit/runtime/config.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace tw::app {

/// The options by which commands take settings, and what they were given. Every command takes all of them, so that one set of
/// flags fits `up`, `migrate` and `doctor`; its help shows those that change what it does.
class SettingOptions {
 public:
    explicit SettingOptions(std::span<const runtime::Setting> settings) : settings_{settings} {}

    /// `shown` are the options that the help of `command` shows, beside --set.
    void add_to(CLI::App& command, std::span<const std::string_view> shown);
    /// What the command line said, in its order.
    std::vector<runtime::Assignment> take() { return std::move(flags_); }

 private:
    void add_pairs(const std::vector<std::string>& pairs, std::string_view suffix, std::string_view option);

    std::span<const runtime::Setting> settings_;
    std::vector<runtime::Assignment> flags_;
};

}  // namespace tw::app
