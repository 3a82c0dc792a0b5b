#include "kit/cli/commands.hpp"
#include "kit/runtime/setting_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::cli {
namespace {

/// Returns the value as it may be shown; an empty one as "".
std::string shown_setting(const runtime::Config::Entry& entry) { return entry.value.empty() ? "\"\"" : entry.shown(); }

int show_config(const runtime::Config& config) {
    std::size_t key_width = 0;
    std::size_t value_width = 0;
    for (const auto& entry : config.entries()) {
        key_width = std::max(key_width, entry.setting.key.size());
        value_width = std::max(value_width, shown_setting(entry).size());
    }
    for (const auto& entry : config.entries()) {
        fmt::print("{:<{}}  {:<{}}  {}\n", entry.setting.key, key_width, shown_setting(entry), value_width, entry.origin);
    }
    return 0;
}

void explain(const runtime::Config& config, const runtime::Config::Entry& entry) {
    const auto& setting = entry.setting;
    std::string variables = config.variable(setting.key);
    for (const auto& alias : setting.aliases) variables += ", " + alias;
    fmt::print("{}\n    {}\n", setting.key, setting.help);
    fmt::print("    value     {} ({})\n", shown_setting(entry), entry.origin);
    fmt::print("    default   {}\n", setting.fallback.empty() ? "none" : setting.fallback);
    fmt::print("    allowed   {}\n", runtime::allowed_values(setting));
    fmt::print("    variable  {}\n", variables);
    fmt::print("    flag      {}\n", runtime::flag_of(setting));
    if (!setting.former_key.empty()) fmt::print("    formerly  {}\n", setting.former_key);
    fmt::print("\n");
}

int explain_all(const runtime::Config& config) {
    for (const auto& entry : config.entries()) explain(config, entry);
    return 0;
}

}  // namespace

Command config_show_command(const runtime::Program&) {
    return {.name = "config show",
            .help = "List every setting with its value and where the value comes from",
            .run =
                [](const Invocation& call) {
                    return call.arguments.has("--help-all") ? explain_all(*call.config) : show_config(*call.config);
                },
            .parameters = {{.name = "--help-all",
                            .help = "Explain every setting: default, allowed values and unit, variable, flag",
                            .kind = Parameter::Kind::flag}},
            .shown_options = {"--config", "--data"},
            .variables = {Variables::database, Variables::redis, Variables::services, Variables::telemetry},
            .example = "config show --profile production"};
}

}  // namespace tw::cli
