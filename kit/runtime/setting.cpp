#include "kit/runtime/setting.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/url_text.hpp"
#include "kit/net/address.hpp"
#include "kit/rpc/target.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

std::string_view unit_name(Unit unit) {
    switch (unit) {
        case Unit::count:
        case Unit::percent:
            return "";
        case Unit::bytes:
            return " bytes";
        case Unit::milliseconds:
            return " milliseconds";
        case Unit::seconds:
            return " seconds";
        case Unit::minutes:
            return " minutes";
    }
    return "";
}

std::string find_integer_fault(const Setting& setting, std::string_view value) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = failure == std::errc{} && end == value.data() + value.size();
    if (whole && number >= setting.least && number <= setting.most) return {};
    return fmt::format("must be a whole number from {} to {}{}", setting.least, setting.most, unit_name(setting.unit));
}

std::string find_choice_fault(const Setting& setting, std::string_view value) {
    if (std::find(setting.choices.begin(), setting.choices.end(), value) != setting.choices.end()) return {};
    return fmt::format("must be one of: {}", fmt::join(setting.choices, ", "));
}

std::string find_url_fault(const Setting& setting, std::string_view value) {
    const auto begins = [&](const std::string& scheme) { return value.starts_with(scheme); };
    if (value.empty() || std::any_of(setting.choices.begin(), setting.choices.end(), begins)) return {};
    return fmt::format("must begin with one of: {}", fmt::join(setting.choices, ", "));
}

/// Edits (insert, delete, replace, swap of neighbours) that make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Setting make(Setting::Kind kind, std::string key, std::string fallback, std::string help) {
    return {.key = std::move(key), .kind = kind, .fallback = std::move(fallback), .help = std::move(help)};
}

}  // namespace

Setting Setting::with_alias(std::string name) && {
    aliases.push_back(std::move(name));
    return std::move(*this);
}

Setting Setting::with_option(std::string name) && {
    option = std::move(name);
    return std::move(*this);
}

Setting Setting::as_secret() && {
    secret = true;
    return std::move(*this);
}

Setting text_setting(std::string key, std::string fallback, std::string help) {
    return make(Setting::Kind::text, std::move(key), std::move(fallback), std::move(help));
}

Setting integer_setting(std::string key, std::int64_t fallback, std::int64_t least, std::int64_t most, Unit unit,
                        std::string help) {
    auto setting = make(Setting::Kind::integer, std::move(key), std::to_string(fallback), std::move(help));
    setting.least = least;
    setting.most = most;
    setting.unit = unit;
    return setting;
}

Setting flag_setting(std::string key, bool fallback, std::string help) {
    return make(Setting::Kind::flag, std::move(key), fallback ? "true" : "false", std::move(help));
}

Setting choice_setting(std::string key, std::string fallback, std::vector<std::string> choices, std::string help) {
    auto setting = make(Setting::Kind::choice, std::move(key), std::move(fallback), std::move(help));
    setting.choices = std::move(choices);
    return setting;
}

Setting address_setting(std::string key, std::string fallback, std::string help) {
    return make(Setting::Kind::address, std::move(key), std::move(fallback), std::move(help));
}

Setting endpoint_setting(std::string key, std::string fallback, std::string help) {
    return make(Setting::Kind::endpoint, std::move(key), std::move(fallback), std::move(help));
}

Setting url_setting(std::string key, std::string fallback, std::vector<std::string> schemes, std::string help) {
    auto setting = make(Setting::Kind::url, std::move(key), std::move(fallback), std::move(help));
    setting.choices = std::move(schemes);
    return setting;
}

std::string key_in(std::string_view section, std::string_view key) {
    const bool whole = key.empty() || key.find('.') != std::string_view::npos;
    return (whole ? std::string{} : std::string{section}) + std::string{key};
}

void append(std::vector<Setting>& all, std::vector<Setting> some) {
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
}

std::string_view trimmed(std::string_view value) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = value.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return value.substr(first, value.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string> split_list(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        const auto part = trimmed(text.substr(0, end));
        if (!part.empty()) parts.emplace_back(part);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

std::string find_fault(const Setting& setting, std::string_view value) {
    if (std::ranges::any_of(value, is_control)) return "must not contain line breaks or other control characters";
    switch (setting.kind) {
        case Setting::Kind::integer:
            return find_integer_fault(setting, value);
        case Setting::Kind::choice:
            return find_choice_fault(setting, value);
        case Setting::Kind::flag:
            return parse_flag(value) ? "" : "must be true or false";
        case Setting::Kind::address:
            return net::Address::parse(value)
                       ? ""
                       : "must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, or unix:/PATH, such as unix:/run/user.sock";
        case Setting::Kind::endpoint:
            return value.empty() || rpc::Target::parse(value)
                       ? ""
                       : "must be http://HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT,ADDRESS:PORT, ipv6:[ADDRESS]:PORT or "
                         "unix:/PATH, such as http://127.0.0.1:50051";
        case Setting::Kind::url:
            return find_url_fault(setting, value);
        case Setting::Kind::text:
            return {};
    }
    return {};
}

std::optional<bool> parse_flag(std::string_view text) {
    constexpr std::array<std::string_view, 4> kYes{"true", "yes", "on", "1"};
    constexpr std::array<std::string_view, 4> kNo{"false", "no", "off", "0"};
    const auto lower = ascii_lower(text);
    if (std::find(kYes.begin(), kYes.end(), lower) != kYes.end()) return true;
    if (std::find(kNo.begin(), kNo.end(), lower) != kNo.end()) return false;
    return std::nullopt;
}

std::string mask(const Setting& setting, std::string_view value) {
    if (setting.secret) return value.empty() ? "" : "***";
    switch (setting.kind) {
        case Setting::Kind::url:
        case Setting::Kind::address:
        case Setting::Kind::endpoint:
            return printable_url(value);
        case Setting::Kind::text:
        case Setting::Kind::integer:
        case Setting::Kind::flag:
        case Setting::Kind::choice:
            break;
    }
    return std::string{value};
}

std::string closest(std::string_view name, std::span<const std::string> candidates) {
    const auto wanted = ascii_lower(name);
    std::string best;
    // Beyond a third of the name it would be a guess.
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(wanted, ascii_lower(candidate));
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = candidate;
    }
    return best;
}

}  // namespace tw::runtime
