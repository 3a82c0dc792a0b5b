#include "apps/tradewind/settings_page.hpp"

#include "kit/runtime/setting_text.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

using runtime::ProgramName;
using runtime::Setting;

constexpr std::string_view kIntroduction =
    "# Settings\n"
    "\n"
    "Every setting of `tradewind`. The page is generated from the tables that declare the settings.\n"
    "`tradewind_test` compares them, and writes the page again with `TW_WRITE_PAGES=1` in its\n"
    "environment.\n"
    "\n"
    "A setting can be given in four ways. Flags win over environment variables, these win over the file\n"
    "`tradewind.toml`, and the file wins over the default:\n"
    "\n"
    "| way | example |\n"
    "|---|---|\n"
    "| flag | `--http 127.0.0.1:8080`, or `--set http.address=127.0.0.1:8080` for any setting |\n"
    "| environment variable | `TRADEWIND_HTTP_ADDRESS=127.0.0.1:8080` |\n"
    "| file | `address = \"127.0.0.1:8080\"` below `[http]` in `tradewind.toml` |\n"
    "\n"
    "`tradewind config show` prints the value of every setting and where it comes from. With `--help-all`\n"
    "it explains every setting, as this page does.\n"
    "\n"
    "Sizes, counts and times are whole numbers. The unit of a time or a size is the end of its key:\n"
    "`_ms` is milliseconds, `_seconds` seconds, `_bytes` and `_bytes_max` bytes. A key with `_max` is a\n"
    "limit.\n";

constexpr std::string_view kFormer =
    "\n## Former names\n"
    "\n"
    "These settings had another name in an earlier version. The former name still works, in all ways, and\n"
    "the start prints a warning with the new one. Giving both is an error.\n"
    "\n"
    "| former name | name | former variable |\n"
    "|---|---|---|\n";

std::string code_list(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values) text += fmt::format("{}`{}`", text.empty() ? "" : "<br>", value);
    return text;
}

/// Returns the variables of a setting, the program's own first.
std::string variables(const ProgramName& program, const Setting& setting) {
    auto names = setting.aliases;
    names.insert(names.begin(), program.variable(setting.key));
    return code_list(names);
}

std::string_view section_of(const Setting& setting) {
    const std::string_view key{setting.key};
    return key.substr(0, key.find('.'));
}

std::string row(const ProgramName& program, const Setting& setting) {
    const auto fallback = setting.fallback.empty() ? "" : fmt::format("`{}`", setting.fallback);
    const auto flag = setting.option.empty() ? "" : fmt::format("`{}`", setting.option);
    return fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", setting.key, fallback, runtime::allowed_values(setting, "`"),
                       variables(program, setting), flag, setting.help);
}

}  // namespace

std::string settings_page(const ProgramName& program, std::span<const Setting> settings) {
    std::string page{kIntroduction};
    std::vector<std::string_view> sections;
    for (const auto& setting : settings) {
        if (std::ranges::find(sections, section_of(setting)) == sections.end()) sections.push_back(section_of(setting));
    }
    for (const auto section : sections) {
        page += fmt::format(
            "\n## {}\n\n| setting | default | allowed | variable | flag | what it does |\n|---|---|---|---|---|---|\n", section);
        for (const auto& setting : settings) {
            if (section_of(setting) == section) page += row(program, setting);
        }
    }
    page += kFormer;
    for (const auto& setting : settings) {
        if (setting.former_key.empty()) continue;
        page += fmt::format("| `{}` | `{}` | `{}` |\n", setting.former_key, setting.key, program.variable(setting.former_key));
    }
    return page;
}

}  // namespace tw::app
