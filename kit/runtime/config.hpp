#pragma once

#include "kit/runtime/program_name.hpp"
#include "kit/runtime/setting.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// A value that a source gives to a setting.
struct Assignment {
    std::string key;
    std::string value;
    /// For people: "--http", "DATABASE_URL", "shop.toml:12".
    std::string origin;
};

/// Where values come from, strongest first: flags, environment, file, defaults.
struct Sources {
    std::vector<Assignment> flags;
    std::map<std::string, std::string> environment;
    std::vector<Assignment> file;
    /// The variables of `environment` whose values were read from files (NAME_FILE), with the
    /// files.
    std::map<std::string, std::string> secret_files = {};
};

/// The whole configuration of a process: every declared setting has a checked value. Immutable;
/// thread-safe.
class Config {
 public:
    struct Entry {
        Setting setting;
        std::string value;
        std::string origin;
        /// The file that has the value, if a variable NAME_FILE named one; else empty.
        std::string file = {};
        /// As it may be shown.
        std::string shown() const { return mask(setting, value); }
    };

    /// INVALID_ARGUMENT, reason BAD_CONFIG, with one violation for each problem: unknown keys of
    /// the file and of flags, values that their setting does not allow, a setting that is given by
    /// its key and by its former key. White space around a value is no part of it: files with CRLF
    /// leave some.
    static Result<Config> read(ProgramName program, std::vector<Setting> settings, const Sources& sources);

    /// Whose configuration it is.
    const ProgramName& program() const { return program_; }
    /// The environment variable of a setting.
    std::string variable(std::string_view key) const { return program_.variable(key); }

    /// Asking for a key that nobody declared is a bug: std::logic_error. What a program works with
    /// is read by a SettingTable (kit/runtime/setting_table.hpp).
    const Entry& entry(std::string_view key) const;
    const std::string& text(std::string_view key) const { return entry(key).value; }
    /// In the order of declaration.
    const std::vector<Entry>& entries() const { return entries_; }

    /// What was ignored and which former keys were used, a sentence each. A variable that begins as
    /// those of the program and is no setting may be somebody's own. So there is a warning about
    /// it, and the process starts.
    const std::vector<std::string>& warnings() const { return warnings_; }

 private:
    ProgramName program_{"program"};
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> by_key_;
    std::vector<std::string> warnings_;
};

template <class Options>
class SettingTable;  // kit/runtime/setting_table.hpp

/// A module's own section of the configuration, which has what its settings() declare.
class ModuleConfig {
 public:
    ModuleConfig(const Config& config, std::string_view section) : config_{&config}, section_{section} {}

    /// The struct that a table with the module's settings fills.
    template <class Options>
    Options read(const SettingTable<Options>& table) const {
        return table.read_below(*config_, section_ + ".");
    }
    const Config& all() const { return *config_; }

 private:
    const Config* config_;
    std::string section_;
};

/// The assignments of a TOML text: tables become dotted keys. INVALID_ARGUMENT, reason BAD_CONFIG,
/// with line and column where it is no TOML, or a value is neither text, integer nor boolean.
Result<std::vector<Assignment>> read_toml(std::string_view text, std::string_view file_name);

}  // namespace tw::runtime
