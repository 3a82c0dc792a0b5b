#include "kit/cli/run.hpp"

#include "kit/cli/commands.hpp"
#include "kit/cli/parse.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/standard_error.hpp"

#include <algorithm>
#include <exception>
#include <string_view>

#include <fmt/format.h>

namespace tw::cli {
namespace {

/// Returns the names of the modules that the user typed.
std::vector<std::string> module_names(const CommandLine& line) {
    const auto& parameters = line.command->parameters;
    const auto found = std::ranges::find(parameters, Parameter::Kind::modules, &Parameter::kind);
    return found == parameters.end() ? std::vector<std::string>{} : line.arguments.texts(found->name);
}

int execute(int argc, char** argv, const runtime::Program& program, const std::vector<Command>& commands) {
    const auto folder = runtime::default_data_folder(program.name, runtime::environment());
    const auto settings = runtime::all_settings(program.name, program.modules, folder);
    auto parsed = parse(argc, argv, program, commands, settings);
    if (const auto* code = std::get_if<int>(&parsed)) return *code;
    auto& line = std::get<CommandLine>(parsed);
    const auto& command = *line.command;

    auto modules = find_modules(program, module_names(line));
    if (!modules) {
        runtime::report(program.name, modules.error());
        return kUsage;
    }
    Invocation invocation{.program = program, .arguments = line.arguments, .modules = std::move(*modules)};
    if (command.settings == SettingUse::none) return command.run(invocation);

    const auto config = runtime::load_config(program.name, settings, std::move(line.flags));
    if (!config) return runtime::report(program.name, config.error());
    if (command.settings == SettingUse::read) {
        for (const auto& warning : config->warnings()) {
            runtime::print_error("{}: warning: {}\n", program.name.text(), warning);
        }
    }
    invocation.config = &*config;
    return command.run(invocation);
}

}  // namespace

int run(int argc, char** argv, const runtime::Program& program, const std::vector<Command>& commands) {
    runtime::keep_standard_descriptors();
    try {
        return execute(argc, argv, program, commands);
    } catch (const std::exception& bug) {
        constexpr int kSoftware = 70;
        runtime::print_error("{}: internal error: {}\n", program.name.text(), bug.what());
        return kSoftware;
    }
}

int run(int argc, char** argv, const runtime::Program& program) { return run(argc, argv, program, usual_commands(program)); }

}  // namespace tw::cli
