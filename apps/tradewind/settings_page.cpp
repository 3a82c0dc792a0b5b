#include "apps/tradewind/settings_page.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::app {
namespace {

using runtime::Setting;
using runtime::Unit;

constexpr std::string_view kIntroduction =
    "# Settings\n"
    "\n"
    "Every setting of `tradewind`. Flags win over the environment, which wins over `tradewind.toml`, which\n"
    "wins over the default. The page is generated from the tables that declare the settings;\n"
    "`tradewind_test` compares them, and writes the page anew with `TW_WRITE_PAGES=1` in its environment.\n"
    "\n"
    "The environment variable of a setting is its key in capitals: `TRADEWIND_HTTP_ADDRESS` is\n"
    "`http.address`. In the file, a key's section is a table: `address` below `[http]`. On the command\n"
    "line, `--set http.address=127.0.0.1:8080` sets any of them. `tradewind config show` prints what\n"
    "applies, and where it comes from.\n";

std::string_view unit_suffix(Unit unit) {
    switch (unit) {
        case Unit::count:
            return "";
        case Unit::percent:
            return " %";
        case Unit::bytes:
            return " bytes";
        case Unit::milliseconds:
            return " ms";
        case Unit::seconds:
            return " s";
        case Unit::minutes:
            return " min";
    }
    return "";
}

std::string code_list(const std::vector<std::string>& values, std::string_view suffix = "") {
    std::string text;
    for (const auto& value : values) text += fmt::format("{}`{}{}`", text.empty() ? "" : ", ", value, suffix);
    return text;
}

std::string allowed(const Setting& setting) {
    switch (setting.kind) {
        case Setting::Kind::integer:
            return fmt::format("{} to {}{}", setting.least, setting.most, unit_suffix(setting.unit));
        case Setting::Kind::choice:
            return code_list(setting.choices);
        case Setting::Kind::url:
            return code_list(setting.choices, "…");
        case Setting::Kind::flag:
            return "`true`, `false`";
        case Setting::Kind::address:
            return "`HOST:PORT`, `unix:/PATH`";
        case Setting::Kind::endpoint:
            return "`http://HOST:PORT`, `dns:///HOST:PORT`, `ipv4:…`, `ipv6:…`, `unix:/PATH`";
        case Setting::Kind::text:
            break;
    }
    return "text";
}

std::string other_names(const Setting& setting) {
    auto names = setting.aliases;
    if (!setting.option.empty()) names.push_back(setting.option);
    return code_list(names);
}

std::string_view section_of(const Setting& setting) {
    const std::string_view key{setting.key};
    return key.substr(0, key.find('.'));
}

}  // namespace

std::string settings_page(std::span<const Setting> settings) {
    std::string page{kIntroduction};
    std::vector<std::string_view> sections;
    for (const auto& setting : settings) {
        if (std::ranges::find(sections, section_of(setting)) == sections.end()) sections.push_back(section_of(setting));
    }
    for (const auto section : sections) {
        page += fmt::format("\n## {}\n\n| setting | default | allowed | also | what it does |\n|---|---|---|---|---|\n", section);
        for (const auto& setting : settings) {
            if (section_of(setting) != section) continue;
            const auto fallback = setting.fallback.empty() ? "" : fmt::format("`{}`", setting.fallback);
            page += fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.key, fallback, allowed(setting), other_names(setting),
                                setting.help);
        }
    }
    return page;
}

}  // namespace tw::app
