#include "kit/runtime/setting_text.hpp"

#include <vector>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

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

std::string quoted_list(const std::vector<std::string>& values, std::string_view quote, std::string_view suffix = "") {
    std::string text;
    for (const auto& value : values) text += fmt::format("{}{}{}{}{}", text.empty() ? "" : ", ", quote, value, suffix, quote);
    return text;
}

std::string_view value_name(const Setting& setting) {
    switch (setting.kind) {
        case Setting::Kind::address:
            return "HOST:PORT";
        case Setting::Kind::integer:
            return "NUMBER";
        case Setting::Kind::endpoint:
        case Setting::Kind::url:
            return "URL";
        case Setting::Kind::flag:
            return "true|false";
        case Setting::Kind::choice:
        case Setting::Kind::text:
            break;
    }
    return "TEXT";
}

}  // namespace

std::string allowed_values(const Setting& setting, std::string_view quote) {
    switch (setting.kind) {
        case Setting::Kind::integer:
            return fmt::format("{} to {}{}", setting.least, setting.most, unit_suffix(setting.unit));
        case Setting::Kind::choice:
            return quoted_list(setting.choices, quote);
        case Setting::Kind::url:
            return quoted_list(setting.choices, quote, "…");
        case Setting::Kind::flag:
            return quoted_list({"true", "false"}, quote);
        case Setting::Kind::address:
            return quoted_list({"HOST:PORT", "unix:/PATH"}, quote);
        case Setting::Kind::endpoint:
            return quoted_list({"http://HOST:PORT", "dns:///HOST:PORT", "ipv4:…", "ipv6:…", "unix:/PATH"}, quote);
        case Setting::Kind::text:
            break;
    }
    return "text";
}

std::string flag_of(const Setting& setting) {
    const auto value = setting.kind == Setting::Kind::choice ? fmt::format("{}", fmt::join(setting.choices, "|"))
                                                             : std::string{value_name(setting)};
    if (setting.option.empty()) return fmt::format("--set {}={}", setting.key, value);
    // "--grpc user=" has its value behind the equals sign.
    return setting.option + (setting.option.ends_with('=') ? "" : " ") + value;
}

}  // namespace tw::runtime
