#include "apps/tradewind/command_line.hpp"
#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/modules.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/runtime/config_sources.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/standard_error.hpp"

#include <exception>

#include <fmt/format.h>

namespace tw::app {

int report(const Error& error) { return runtime::report(program().name, error); }

namespace {

int execute(int argc, char** argv) {
    const auto name = program().name;
    const auto folder = runtime::default_data_folder(name, runtime::environment());
    const auto settings = runtime::all_settings(name, modules(), folder);
    auto parsed = parse_command_line(argc, argv, settings);
    if (const auto* code = std::get_if<int>(&parsed)) return *code;
    auto& line = std::get<CommandLine>(parsed);
    if (line.command == Command::version) {
        fmt::print("tradewind {}\n", program().version);
        return 0;
    }

    if (line.command == Command::certs_dev) return make_certificates(line.folder, line.force);

    const auto named = find_modules(line.modules);
    if (!named) {
        report(named.error());
        return kUsage;
    }
    const auto config = runtime::load_config(name, settings, std::move(line.flags));
    if (!config) return report(config.error());
    const bool serves = line.command == Command::up || line.command == Command::serve;
    // The other commands do not print the warnings here. `up` and `serve` report them, `doctor`
    // lists them as findings, and `healthcheck` runs every few seconds.
    if (!serves && line.command != Command::doctor && line.command != Command::healthcheck) {
        for (const auto& warning : config->warnings()) runtime::print_error("tradewind: warning: {}\n", warning);
    }
    const auto all = modules();
    switch (line.command) {
        case Command::up:
            return run(*config, all, true);
        case Command::serve:
            return run(*config, *named, false);
        case Command::migrate:
            return migrate(*config, line.modules.empty() ? all : *named, line.migrate_mode);
        case Command::doctor:
            return doctor(*config);
        case Command::healthcheck:
            return healthcheck(*config, line.live);
        case Command::backup:
            return backup(*config, line.folder);
        case Command::restore:
            return restore(*config, line.folder, line.force);
        case Command::copy:
            return copy(*config, line.modules.empty() ? all : *named, line.to);
        case Command::config_show:
            return show_config(*config);
        case Command::certs_dev:
        case Command::version:
            break;
    }
    return 0;
}

}  // namespace
}  // namespace tw::app

int main(int argc, char** argv) {
    tw::runtime::keep_standard_descriptors();
    try {
        return tw::app::execute(argc, argv);
    } catch (const std::exception& bug) {
        tw::runtime::print_error("tradewind: internal error: {}\n", bug.what());
        return 70;
    }
}
