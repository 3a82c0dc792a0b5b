#pragma once

#include "kit/base/secret.hpp"
#include "kit/net/address.hpp"
#include "kit/rpc/target.hpp"
#include "kit/runtime/config.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tw::runtime {

/// Other names of a setting, beside its key and its environment variable.
struct SettingNames {
    /// An environment variable that other tools use, such as "DATABASE_URL".
    std::string_view alias = {};
    /// An option of the command line, such as "--http".
    std::string_view option = {};
    /// The key that the setting had in an earlier version.
    std::string_view was = {};
};

/// One value of a choice: how it is written, and what the program makes of it.
template <class Value>
struct NamedValue {
    std::string_view name;
    Value value;
};

/// What a URL may begin with.
struct UrlSchemes {
    std::vector<std::string> values;
};

/// A value of a unit of time in milliseconds, and back.
std::chrono::milliseconds duration_of(std::int64_t number, Unit unit);
std::int64_t number_of(std::chrono::milliseconds duration, Unit unit);

/// Texts of numbers: integers and fractions as they are, fractions in percent, durations in their
/// unit.
template <class Value>
struct NumberText {
    Unit unit;

    std::string print(const Value& value) const {
        if constexpr (std::integral<Value>) {
            return std::to_string(value);
        } else if constexpr (std::floating_point<Value>) {
            return std::to_string(std::llround(unit == Unit::percent ? value * 100 : value));
        } else {
            return std::to_string(number_of(std::chrono::duration_cast<std::chrono::milliseconds>(value), unit));
        }
    }
    Value parse(std::string_view text) const {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if constexpr (std::integral<Value>) {
            return static_cast<Value>(number);
        } else if constexpr (std::floating_point<Value>) {
            return unit == Unit::percent ? static_cast<Value>(number) / 100 : static_cast<Value>(number);
        } else {
            return std::chrono::duration_cast<Value>(duration_of(number, unit));
        }
    }
};

/// Texts of the values that need neither unit nor choices.
template <class Value>
struct PlainText;

template <>
struct PlainText<std::string> {
    static Setting declare(std::string key, std::string help) { return text_setting(std::move(key), "", std::move(help)); }
    static std::string print(const std::string& value) { return value; }
    static std::string parse(std::string_view text) { return std::string{text}; }
};

template <>
struct PlainText<Secret> {
    static Setting declare(std::string key, std::string help) {
        return text_setting(std::move(key), "", std::move(help)).as_secret();
    }
    static std::string print(const Secret& value) { return value.reveal(); }
    static Secret parse(std::string_view text) { return Secret{std::string{text}}; }
};

template <>
struct PlainText<bool> {
    static Setting declare(std::string key, std::string help) { return flag_setting(std::move(key), false, std::move(help)); }
    static std::string print(bool value) { return value ? "true" : "false"; }
    static bool parse(std::string_view text) { return text == "true"; }
};

template <>
struct PlainText<net::Address> {
    static Setting declare(std::string key, std::string help) { return address_setting(std::move(key), "", std::move(help)); }
    static std::string print(const net::Address& value) { return value.to_string(); }
    static net::Address parse(std::string_view text) { return net::Address::parse(text).value(); }
};

template <>
struct PlainText<std::optional<rpc::Target>> {
    static Setting declare(std::string key, std::string help) { return endpoint_setting(std::move(key), "", std::move(help)); }
    static std::string print(const std::optional<rpc::Target>& value) { return value ? value->text : ""; }
    static std::optional<rpc::Target> parse(std::string_view text) {
        if (text.empty()) return std::nullopt;
        return rpc::Target::parse(text).value();
    }
};

/// Texts of a choice.
template <class Value>
struct ChoiceText {
    std::vector<NamedValue<Value>> choices;

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& choice : choices) all.emplace_back(choice.name);
        return all;
    }
    std::string print(const Value& value) const {
        for (const auto& choice : choices) {
            if (choice.value == value) return std::string{choice.name};
        }
        return {};
    }
    Value parse(std::string_view text) const {
        for (const auto& choice : choices) {
            if (choice.name == text) return choice.value;
        }
        return {};
    }
};

/// One row of a SettingTable. The type of the member decides what may be written.
template <class Options>
class SettingRow {
 public:
    /// A number from `least` to `most`: an integer, a fraction or a duration.
    template <class Value, class Owner>
    SettingRow(std::string_view key, Value Owner::* member, std::int64_t least, std::int64_t most, Unit unit,
               std::string_view help, SettingNames names = {})
        : SettingRow{integer_setting(std::string{key}, 0, least, most, unit, std::string{help}), names, member,
                     NumberText<Value>{unit}} {}

    /// A text (std::string), a secret (Secret), a flag (bool), an address to listen on
    /// (net::Address) or one to call (std::optional<rpc::Target>).
    template <class Value, class Owner>
    SettingRow(std::string_view key, Value Owner::* member, std::string_view help, SettingNames names = {})
        : SettingRow{PlainText<Value>::declare(std::string{key}, std::string{help}), names, member, PlainText<Value>{}} {}

    /// One of the values named.
    template <class Value, class Owner>
    SettingRow(std::string_view key, Value Owner::* member, std::vector<NamedValue<Value>> choices, std::string_view help,
               SettingNames names = {})
        : SettingRow{choice_setting(std::string{key}, "", ChoiceText<Value>{choices}.names(), std::string{help}), names, member,
                     ChoiceText<Value>{choices}} {}

    /// Nothing, or a URL that begins with one of `schemes`.
    template <class Owner>
    SettingRow(std::string_view key, std::string Owner::* member, UrlSchemes schemes, std::string_view help,
               SettingNames names = {})
        : SettingRow{url_setting(std::string{key}, "", std::move(schemes.values), std::string{help}), names, member,
                     PlainText<std::string>{}} {}

    /// With the default that `defaults` has.
    Setting declare(const Options& defaults) const {
        auto setting = setting_;
        setting.fallback = print_(defaults);
        return setting;
    }
    const std::string& key() const { return setting_.key; }
    /// `value` is one that the setting allows.
    void read(std::string_view value, Options& options) const { parse_(value, options); }

 private:
    template <class Value, class Owner, class Text>
    SettingRow(Setting setting, SettingNames names, Value Owner::* member, Text text)
        : setting_{std::move(setting)},
          print_{[member, text](const Options& options) { return text.print(options.*member); }},
          parse_{[member, text](std::string_view value, Options& options) { options.*member = text.parse(value); }} {
        if (!names.alias.empty()) setting_.aliases.emplace_back(names.alias);
        setting_.option = names.option;
        setting_.former_key = names.was;
    }

    Setting setting_;
    std::function<std::string(const Options&)> print_;
    std::function<void(std::string_view, Options&)> parse_;
};

/// The settings that fill a struct, a row each: key, member, range, unit and help. A setting is
/// said here and nowhere else: its declaration and its reading both follow from the row, and its
/// default is what the struct has.
///
///     struct GreeterSettings {
///         std::string salutation = "Hello";
///     };
///     SettingTable<GreeterSettings> greeter_settings() {
///         return {{"salutation", &GreeterSettings::salutation, "What greetings begin with"}};
///     }
template <class Options>
class SettingTable {
 public:
    SettingTable() = default;
    SettingTable(std::initializer_list<SettingRow<Options>> rows) : rows_{rows} {}

    void add(SettingRow<Options> row) { rows_.push_back(std::move(row)); }

    /// For Module::settings() and all_settings(), in the order of the rows.
    std::vector<Setting> declare(const Options& defaults = {}) const {
        std::vector<Setting> all;
        for (const auto& row : rows_) all.push_back(row.declare(defaults));
        return all;
    }
    /// Sets the members that have a row. The table must have been declared: std::logic_error.
    Options read(const Config& config, Options options = {}) const { return read_below(config, "", std::move(options)); }
    /// For a table with keys that lack their section. `section` ends in a dot.
    Options read_below(const Config& config, const std::string& section, Options options = {}) const {
        for (const auto& row : rows_) row.read(config.text(key_in(section, row.key())), options);
        return options;
    }

 private:
    std::vector<SettingRow<Options>> rows_;
};

}  // namespace tw::runtime
