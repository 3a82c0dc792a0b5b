#pragma once

#include "kit/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// What an integer counts. Keys end in it: "shutdown.grace_ms", "http.body_bytes_max".
enum class Unit : std::uint8_t { count, percent, bytes, milliseconds, seconds, minutes };

// What ranges of sizes and of times are written in.
inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;
inline constexpr std::int64_t kHourMs = 3'600'000;

/// One thing that can be configured: declared once, from which reading, checking, help and `config
/// show` follow.
struct Setting {
    enum class Kind : std::uint8_t { text, integer, flag, choice, address, endpoint, url };

    /// Dotted: the section and the name, "http.address". A module may declare the name alone, which
    /// then belongs to the module's own section.
    std::string key;
    Kind kind = Kind::text;
    /// As it would be written in the environment.
    std::string fallback;
    /// One sentence without a full stop.
    std::string help;
    /// What an integer may be, and what it counts.
    std::int64_t least = 0;
    std::int64_t most = 0;
    Unit unit = Unit::count;
    /// The values of a choice, or what a URL may begin with.
    std::vector<std::string> choices;
    /// Environment variables that other tools use, such as DATABASE_URL, beside the one made of
    /// program and key.
    std::vector<std::string> aliases;
    /// The key that the setting had in an earlier version. It still works, with a warning.
    std::string former_key;
    /// The option of the command line that sets it, beside --set: "--http".
    std::string option;
    /// Shown as *** only.
    bool secret = false;

    Setting with_alias(std::string name) &&;
    Setting with_option(std::string name) &&;
    Setting as_secret() &&;
};

Setting text_setting(std::string key, std::string fallback, std::string help);
Setting integer_setting(std::string key, std::int64_t fallback, std::int64_t least, std::int64_t most, Unit unit,
                        std::string help);
Setting flag_setting(std::string key, bool fallback, std::string help);
Setting choice_setting(std::string key, std::string fallback, std::vector<std::string> choices, std::string help);
/// HOST:PORT or unix:/PATH
Setting address_setting(std::string key, std::string fallback, std::string help);
/// What a channel can be made to (kit/rpc/target.hpp), or nothing
Setting endpoint_setting(std::string key, std::string fallback, std::string help);
/// Nothing, or a URL that begins with one of `schemes` ("sqlite:"). Passwords in it are masked
/// where it is shown.
Setting url_setting(std::string key, std::string fallback, std::vector<std::string> schemes, std::string help);

/// Returns the whole key: `key` itself if it has a section, otherwise `key` in `section`, which
/// ends in a dot.
std::string key_in(std::string_view section, std::string_view key);

/// Adds `some` at the end of `all`.
void append(std::vector<Setting>& all, std::vector<Setting> some);

/// `value` without the spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view value);

/// The parts of a text between separators, without blanks around them. Empty parts are left out.
std::vector<std::string> split_list(std::string_view text, char separator);

/// What is wrong with `value` for `setting`, as a sentence that names what is allowed; empty when
/// nothing is.
std::string find_fault(const Setting& setting, std::string_view value);

/// "true", "yes", "on", "1" and their opposites.
std::optional<bool> parse_flag(std::string_view text);

/// `value` as it may be shown: "***" for a secret, of URLs and addresses what is harmless
/// (kit/base/url_text.hpp).
std::string mask(const Setting& setting, std::string_view value);

/// The candidate that `name` was probably meant to be, or an empty text where none is near.
std::string closest(std::string_view name, std::span<const std::string> candidates);

}  // namespace tw::runtime
