#include "kit/cli/parse/usage_hints.hpp"

#include "kit/base/url_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tw::cli {
namespace {

struct Synonym {
    std::string_view typed;
    std::string_view meant;
};

/// Names that other servers use for options, and the options of a program on this kit.
constexpr std::array kSynonyms{
    Synonym{"--metrics", "--ops HOST:PORT"},
    Synonym{"--database", "--set database.url=URL, or DATABASE_URL"},
    Synonym{"--db", "--set database.url=URL, or DATABASE_URL"},
    Synonym{"--redis", "--set redis.url=URL, or REDIS_URL"},
    Synonym{"--env", "--profile dev or --profile production"},
    Synonym{"--verbose", "--log-level debug"},
    Synonym{"-v", "--log-level debug, or --version"},
};
/// Names of the option for the port that clients call.
constexpr std::array<std::string_view, 5> kPortNames{"--port", "--listen", "--bind", "--host", "--address"};

/// Returns what to use for an option that other servers have, or nothing.
std::string meant_by(std::string_view name, const runtime::Program& program) {
    const auto* const synonym = std::ranges::find(kSynonyms, name, &Synonym::typed);
    if (synonym != kSynonyms.end()) return std::string{synonym->meant};
    if (std::ranges::find(kPortNames, name) == kPortNames.end()) return {};
    if (std::ranges::none_of(program.modules, &runtime::ModuleSpec::serves_http)) return "--grpc MODULE=HOST:PORT";
    return name == "--port" ? "--http HOST:PORT for the API's port, or --ports auto for free ones" : "--http HOST:PORT";
}

/// Returns the letters in lower case and the digits of `name`, so that "--database-url" and
/// "database.url" are equal.
std::string letters_of(std::string_view name) {
    std::string letters;
    for (const char c : name) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) letters += static_cast<char>(upper ? c - 'A' + 'a' : c);
    }
    return letters;
}

/// Returns the command that the words before the error select.
const CLI::App& chosen(const CLI::App& app) {
    const auto* command = &app;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().back();
    return *command;
}

std::vector<std::string> command_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
    return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

/// Returns the names of the commands that have an option of this name.
std::vector<std::string> owners_of(const CLI::App& app, std::string_view option) {
    std::vector<std::string> owners;
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (sub->get_option_no_throw(std::string{option}) != nullptr) owners.push_back(sub->get_name());
    }
    return owners;
}

std::string explain_option(const CLI::App& app, const CLI::App& command, std::string_view word, const runtime::Program& program,
                           std::span<const runtime::Setting> settings) {
    const auto name = word.substr(0, word.find('='));
    auto text = fmt::format("{} has no option {}", path_of(command), name);
    if (const auto meant = meant_by(name, program); !meant.empty()) return text + fmt::format("; use {}", meant);
    const auto is_key = [letters = letters_of(name)](const auto& setting) { return letters_of(setting.key) == letters; };
    if (const auto found = std::ranges::find_if(settings, is_key); found != settings.end()) {
        return text + fmt::format("; use --set {}=VALUE or {}", found->key, program.name.variable(found->key));
    }
    if (const auto owners = owners_of(app, name); !owners.empty()) {
        return text + fmt::format("; it is an option of {}", fmt::join(owners, ", "));
    }
    if (const auto near = runtime::closest(name, option_names(command)); !near.empty()) {
        text += fmt::format("; did you mean {}?", near);
    }
    return text;
}

std::string explain_word(const CLI::App& command, const std::string& typed) {
    const auto word = printable_url(typed);
    const auto names = command_names(command);
    if (names.empty()) return fmt::format("{} does not take \"{}\"", path_of(command), word);
    auto text = fmt::format("{} has no command \"{}\"", path_of(command), word);
    if (const auto near = runtime::closest(word, names); !near.empty()) return text + fmt::format("; did you mean {}?", near);
    return text + fmt::format("; the commands are {}", fmt::join(names, ", "));
}

}  // namespace

std::string path_of(const CLI::App& command) {
    const auto* parent = command.get_parent();
    return parent == nullptr ? command.get_name() : fmt::format("{} {}", path_of(*parent), command.get_name());
}

const CLI::App* find_command(const CLI::App& app, std::span<const std::string> words) {
    const auto* command = &app;
    for (const auto& word : words) {
        const auto subs = command->get_subcommands([](const CLI::App*) { return true; });
        const auto found = std::ranges::find_if(subs, [&](const CLI::App* sub) { return sub->get_name() == word; });
        if (found == subs.end()) return nullptr;
        command = *found;
    }
    return command;
}

std::string explain_usage(const CLI::App& app, const CLI::ParseError& problem, const runtime::Program& program,
                          std::span<const runtime::Setting> settings) {
    const auto& command = chosen(app);
    const auto left = app.remaining(true);
    const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
    const auto word = std::ranges::find_if_not(left, is_option);
    // If no command was given, the options that are allowed are not known.
    if (&command == &app && word != left.end()) return explain_word(app, *word);
    if (const auto option = std::ranges::find_if(left, is_option); option != left.end()) {
        return explain_option(app, command, *option, program, settings);
    }
    if (!left.empty()) return explain_word(command, left.front());
    if (const auto names = command_names(command); !names.empty() && command.get_subcommands().empty()) {
        return fmt::format("{} needs a command: {}", path_of(command), fmt::join(names, ", "));
    }
    return fmt::format("{}: {}", path_of(command), problem.what());
}

}  // namespace tw::cli
