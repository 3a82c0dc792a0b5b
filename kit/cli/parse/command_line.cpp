#include "kit/cli/parse.hpp"
#include "kit/cli/parse/command_help.hpp"
#include "kit/cli/parse/setting_options.hpp"
#include "kit/cli/parse/usage_hints.hpp"
#include "kit/runtime/standard_error.hpp"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::cli {
namespace {

constexpr const char* kHelpFlag = "-h,--help";
constexpr const char* kHelpText = "Show this help";
constexpr std::size_t kColumnWidth = 42;

/// Makes CLI11's commands of ours. What they parse goes to `line` and `options`.
class Parser {
 public:
    Parser(const runtime::Program& program, std::span<const Command> commands, CommandLine& line, SettingOptions& options)
        : program_{program},
          commands_{commands},
          line_{line},
          options_{options},
          app_{std::string{program.about}, program.name.text()} {
        app_.require_subcommand(1);
        app_.set_help_flag(kHelpFlag, kHelpText);
        app_.get_formatter()->column_width(kColumnWidth);
        if (const auto version = std::ranges::find(commands_, "version", &Command::name); version != commands_.end()) {
            app_.add_flag_callback("--version", [this, version] { answer(*version); }, version->help);
        }
        for (const auto& command : commands_) add(command);
        app_.footer(fmt::format("`{} help COMMAND` shows the options of a command.", program.name.text()));
    }

    CLI::App& app() { return app_; }

 private:
    /// Selects a command that an option stands for. The rest of the command line is not parsed.
    [[noreturn]] void answer(const Command& command) {
        line_.command = &command;
        throw CLI::Success{};
    }

    /// Returns the group of this name, such as "events dead", which was added before.
    CLI::App& group(std::string_view name) {
        auto* group = &app_;
        while (!name.empty()) {
            const auto word = name.substr(0, name.find(' '));
            group = group->get_subcommand(std::string{word});
            name.remove_prefix(std::min(name.size(), word.size() + 1));
        }
        return *group;
    }

    void add(const Command& command) {
        const auto space = command.name.rfind(' ');
        auto& parent = space == std::string::npos ? app_ : group(command.name.substr(0, space));
        auto& sub = *parent.add_subcommand(command.name.substr(space + 1), command.help);
        const auto is_inside = [&](const Command& other) { return other.name.starts_with(command.name + " "); };
        if (command.run == nullptr && std::ranges::any_of(commands_, is_inside)) {
            sub.set_help_flag(kHelpFlag, kHelpText);
            sub.require_subcommand(1);
            return;
        }
        // The callback of a command inside runs before that of the command around it.
        sub.callback([this, &command, &sub] {
            if (sub.get_subcommands().empty()) line_.command = &command;
        });
        // The help shows the command's own parameters first.
        for (const auto& parameter : command.parameters) add(sub, parameter);
        sub.set_help_flag(kHelpFlag, kHelpText);
        if (command.settings != SettingUse::none) options_.add_to(sub, command.shown_options);
        sub.footer(footer_of(command, program_));
    }

    void add(CLI::App& sub, const Parameter& parameter) {
        auto& option = make_option(sub, parameter);
        option.required(parameter.required);
        if (!parameter.value_name.empty()) option.type_name(parameter.value_name);
        if (!parameter.excludes.empty()) option.excludes(sub.get_option(parameter.excludes));
    }

    CLI::Option& make_option(CLI::App& sub, const Parameter& parameter) {
        const auto& name = parameter.name;
        const auto keep = [this, name](std::vector<std::string> values) { line_.arguments.set(name, std::move(values)); };
        switch (parameter.kind) {
            case Parameter::Kind::flag:
                return *sub.add_flag_callback(name, [keep] { keep({}); }, parameter.help);
            case Parameter::Kind::text:
                return *sub.add_option_function<std::string>(
                    name, [keep](const std::string& value) { keep({value}); }, parameter.help);
            case Parameter::Kind::texts:
            case Parameter::Kind::modules:
                break;
        }
        return *sub.add_option_function<std::vector<std::string>>(name, keep, parameter.help);
    }

    const runtime::Program& program_;
    std::span<const Command> commands_;
    CommandLine& line_;
    SettingOptions& options_;
    CLI::App app_;
};

int show_help(const CLI::App& app, std::span<const std::string> words, const runtime::Program& program) {
    const auto* command = find_command(app, words);
    if (command == nullptr) {
        runtime::print_error("{0}: there is no command \"{1}\"; `{0} help` lists them\n", program.name.text(),
                             fmt::join(words, " "));
        return kUsage;
    }
    const auto* parent = command->get_parent();
    // The parsed command is `help` itself. CLI11 would print the help of `help` instead of the
    // program's.
    fmt::print("{}", command->get_formatter()->make_help(command, parent == nullptr ? program.name.text() : path_of(*command),
                                                         CLI::AppFormatMode::Normal));
    return 0;
}

}  // namespace

std::variant<CommandLine, int> parse(int argc, char** argv, const runtime::Program& program, std::span<const Command> commands,
                                     std::span<const runtime::Setting> settings) {
    CommandLine line;
    SettingOptions options{settings};
    Parser parser{program, commands, line, options};
    auto& app = parser.app();
    if (argc <= 1) {
        fmt::print("{}", app.help());
        return kUsage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& answered) {
        if (line.command != nullptr) return line;
        return app.exit(answered);
    } catch (const CLI::ParseError& problem) {
        runtime::print_error("{}: {}\n", program.name.text(), explain_usage(app, problem, program, settings));
        return kUsage;
    }
    // The parser answers `help`, since it alone knows the texts.
    if (line.command->run == nullptr) return show_help(app, line.arguments.texts("COMMAND"), program);
    line.flags = options.take();
    return line;
}

}  // namespace tw::cli
