#include "kit/cli/parse/setting_options.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::cli {
namespace {

using runtime::Setting;

constexpr const char* kGroup = "Settings";
/// CLI11 does not show options of this group in the help.
constexpr const char* kHidden = "";

std::string placeholder(const Setting& setting) {
    switch (setting.kind) {
        case Setting::Kind::address:
            return "HOST:PORT";
        case Setting::Kind::integer:
            return "NUMBER";
        case Setting::Kind::choice:
            return fmt::format("{}", fmt::join(setting.choices, "|"));
        default:
            return "TEXT";
    }
}

}  // namespace

void SettingOptions::add_to(CLI::App& command, const std::vector<std::string>& shown) {
    const auto group_of = [&shown](std::string_view option) {
        return std::ranges::find(shown, option) == shown.end() ? kHidden : kGroup;
    };
    for (const auto& setting : settings_) {
        if (setting.option.empty() || setting.option.find(' ') != std::string::npos) continue;
        const auto use = [this, &setting](const std::string& value) { flags_.push_back({setting.key, value, setting.option}); };
        const auto help = setting.fallback.empty() ? setting.help : fmt::format("{} [{}]", setting.help, setting.fallback);
        command.add_option_function<std::string>(setting.option, use, help)
            ->type_name(placeholder(setting))
            ->group(group_of(setting.option));
    }
    const auto add_list = [&](const char* option, std::string_view suffix, const char* type, const char* help) {
        const auto use = [this, option, suffix](const std::vector<std::string>& pairs) { add_pairs(pairs, suffix, option); };
        return command.add_option_function<std::vector<std::string>>(option, use, help)->type_name(type)->allow_extra_args(false);
    };
    add_list("--grpc", ".address", "MODULE=HOST:PORT", "The address of a module's gRPC port; may be repeated")
        ->group(group_of("--grpc"));
    add_list("--set", "", "KEY=VALUE", "Set any setting; may be repeated")->group(kGroup);
}

void SettingOptions::add_pairs(const std::vector<std::string>& pairs, std::string_view suffix, std::string_view option) {
    for (const auto& pair : pairs) {
        const auto equals = pair.find('=');
        if (equals == 0 || equals == std::string::npos) {
            // The error does not repeat what was typed, since it may be a URL with a password.
            throw CLI::ValidationError{std::string{option}, "write a name, an equals sign and the value: NAME=VALUE"};
        }
        flags_.push_back({fmt::format("{}{}", pair.substr(0, equals), suffix), pair.substr(equals + 1), std::string{option}});
    }
}

}  // namespace tw::cli
