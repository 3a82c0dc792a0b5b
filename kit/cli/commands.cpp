#include "kit/cli/commands.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tw::cli {
namespace {

bool serves_http(const runtime::Program& program) {
    return std::ranges::any_of(program.modules, &runtime::ModuleSpec::serves_http);
}

bool has_database(const runtime::Program& program) {
    return std::ranges::any_of(program.modules, [](const auto& module) { return module.schema != nullptr; });
}

std::vector<std::string> names_of(const std::vector<runtime::ModuleSpec>& modules) {
    std::vector<std::string> names;
    for (const auto& module : modules) names.emplace_back(module.name);
    return names;
}

std::vector<runtime::ModuleSpec> modules_here(const runtime::Program& program) {
    std::vector<runtime::ModuleSpec> modules;
    for (const auto& module : program.modules) {
        if (module.make != nullptr) modules.push_back(module);
    }
    return modules;
}

int print_version(const Invocation& invocation) {
    fmt::print("{} {}\n", invocation.program.name.text(), invocation.program.version);
    return 0;
}

}  // namespace

std::vector<Command> usual_commands(const runtime::Program& program) {
    std::vector<Command> commands{serve_command(program), healthcheck_command(program)};
    if (has_database(program)) commands.push_back(migrate_command(program));
    std::ranges::copy(flow_commands(program), std::back_inserter(commands));
    std::ranges::copy(event_commands(program), std::back_inserter(commands));
    commands.push_back(config_group());
    commands.push_back(config_show_command(program));
    commands.push_back(help_command());
    commands.push_back(version_command());
    return commands;
}

std::vector<std::string> serving_options(const runtime::Program& program) {
    std::vector<std::string> options{"--ops",     "--grpc",       "--data",      "--ports",
                                     "--profile", "--ready-file", "--log-level", "--config"};
    if (serves_http(program)) options.insert(options.begin(), "--http");
    return options;
}

Command serve_command(const runtime::Program& program) {
    Command command{
        .name = "serve",
        .help = "Run modules in one process [all of them]",
        .run = [](const Invocation& call) { return runtime::serve(call.program, *call.config, call.modules); },
        .settings = SettingUse::read_quietly,
        .shown_options = serving_options(program),
        .example = "serve --data ./data",
    };
    if (has_database(program)) command.variables.push_back(Variables::database);
    command.variables.push_back(Variables::redis);
    if (program.modules.size() > 1) command.variables.push_back(Variables::services);
    command.variables.push_back(Variables::telemetry);
    const auto here = modules_here(program);
    if (here.size() == 1) {
        command.help = "Run until SIGTERM or Ctrl-C";
        return command;
    }
    command.parameters = {{.name = "MODULE",
                           .help = fmt::format("One or more of: {}", fmt::join(names_of(here), ", ")),
                           .kind = Parameter::Kind::modules}};
    return command;
}

Command config_group() { return {.name = "config", .help = "Show the settings", .settings = SettingUse::none}; }

Command help_command() {
    return {.name = "help",
            .help = "Show the help of a command",
            .settings = SettingUse::none,
            .parameters = {{.name = "COMMAND", .help = "The command [lists all commands]", .kind = Parameter::Kind::texts}}};
}

Command version_command() {
    return {.name = "version", .help = "Show the version", .run = print_version, .settings = SettingUse::none};
}

Result<std::vector<runtime::ModuleSpec>> find_modules(const runtime::Program& program, const std::vector<std::string>& names) {
    auto here = modules_here(program);
    if (names.empty()) return here;
    const auto known = names_of(here);
    for (const auto& name : names) {
        if (std::ranges::find(known, name) != known.end()) continue;
        auto text = fmt::format("there is no module \"{}\"; the modules are {}", name, fmt::join(known, ", "));
        if (const auto meant = runtime::closest(name, known); !meant.empty()) text += fmt::format("; did you mean {}?", meant);
        return Error{Code::invalid_argument, "UNKNOWN_MODULE", text};
    }
    std::erase_if(here, [&](const auto& module) { return std::ranges::find(names, module.name) == names.end(); });
    return here;
}

}  // namespace tw::cli
