#pragma once

#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/runtime/program.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tw::cli {

/// The exit code of wrong usage (EX_USAGE of sysexits.h).
inline constexpr int kUsage = 64;

/// A word that a command reads from the command line. Options of settings are none of these: every
/// command that reads settings takes all of them.
struct Parameter {
    enum class Kind : std::uint8_t {
        /// An option without a value.
        flag,
        text,
        /// One word or several.
        texts,
        /// Names of modules. An unknown name is wrong usage.
        modules,
    };
    /// "--force" for an option, "FOLDER" for a word without an option.
    std::string name;
    std::string help;
    Kind kind = Kind::text;
    bool required = false;
    /// What the help shows in the place of an option's value: "URL".
    std::string value_name = {};
    /// The name of a parameter, listed before this one, that cannot be given together with it.
    std::string excludes = {};
};

/// The words that the user gave for the parameters of a command.
class Arguments {
 public:
    /// Whether the user gave this parameter.
    bool has(std::string_view name) const { return values_.contains(name); }
    /// Returns the word that the user gave, or `fallback`.
    std::string text(std::string_view name, std::string fallback = {}) const;
    /// Returns the words that the user gave, in their order.
    std::vector<std::string> texts(std::string_view name) const;

    void set(const std::string& name, std::vector<std::string> values) { values_[name] = std::move(values); }

 private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// What a command gets when it runs.
struct Invocation {
    const runtime::Program& program;
    const Arguments& arguments;
    /// The modules that the user named, in the order of Program::modules. If the user named none, or
    /// the command has no parameter for modules: all modules of the program that can run here.
    std::vector<runtime::ModuleSpec> modules;
    /// Null for a command with SettingUse::none.
    const runtime::Config* config = nullptr;
};

/// What a command does with the settings.
enum class SettingUse : std::uint8_t {
    /// It reads them. Warnings about settings are printed before it runs.
    read,
    /// It reads them, and prints warnings itself or not at all.
    read_quietly,
    /// It reads none and takes none of their options.
    none,
};

/// Groups of environment variables that the help of a command explains.
enum class Variables : std::uint8_t { database, redis, services, telemetry };

/// A command of a program. It is plain data, so a program can change what `usual_commands` gives.
struct Command {
    /// "backup". "config show" is a command of the group "config", which is listed before it.
    std::string name;
    /// One line for the list of commands.
    std::string help;
    /// Runs the command and returns the exit code (sysexits.h). A group that only has commands inside
    /// has no such function.
    std::function<int(const Invocation&)> run = nullptr;
    SettingUse settings = SettingUse::read;
    std::vector<Parameter> parameters = {};
    /// The options of settings that the help shows: "--data". It also shows --set.
    std::vector<std::string> shown_options = {};
    std::vector<Variables> variables = {};
    /// An example with the words behind the program's name: "backup ./monday". The help of a command
    /// without an example has no text below its options.
    std::string example = {};
    /// Assignments of variables that the example begins with.
    std::string example_variables = {};
};

}  // namespace tw::cli
