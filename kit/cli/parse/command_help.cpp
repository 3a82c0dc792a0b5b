#include "kit/cli/parse/command_help.hpp"

#include <string_view>

#include <fmt/format.h>

namespace tw::cli {
namespace {

struct Explained {
    std::string_view variable;
    std::string_view text;
};

constexpr Explained explained(Variables variables) {
    switch (variables) {
        case Variables::database:
            return {"DATABASE_URL", "PostgreSQL for all modules, instead of SQLite files"};
        case Variables::redis:
            return {"REDIS_URL", "Redis for the cache and for rate limits that all replicas share"};
        case Variables::services:
            return {"<MODULE>_SERVICE_URL", "The address of a module that another process runs"};
        case Variables::telemetry:
            break;
    }
    return {"OTEL_EXPORTER_OTLP_ENDPOINT", "The receiver of traces, metrics and logs; all OTEL_ variables work"};
}

std::string line_of(std::string_view variable, std::string_view text) { return fmt::format("  {:<27}  {}\n", variable, text); }

std::string environment_of(const Command& command, const runtime::ProgramName& name) {
    std::string text = "Environment:\n";
    for (const auto variables : command.variables) {
        const auto [variable, meaning] = explained(variables);
        text += line_of(variable, meaning);
    }
    text +=
        line_of(name.variable_prefix() + "<KEY>", fmt::format("Any setting: {} is http.address", name.variable("http.address")));
    text += fmt::format("Flags win over environment variables, which win over {}. `{} config show` lists all settings.\n\n",
                        name.settings_file(), name.text());
    return text;
}

}  // namespace

std::string footer_of(const Command& command, const runtime::Program& program) {
    if (command.example.empty()) return {};
    const auto environment = command.settings == SettingUse::none ? "" : environment_of(command, program.name);
    return fmt::format("{}Example:\n  {}{}{} {}", environment, command.example_variables,
                       command.example_variables.empty() ? "" : " ", program.name.text(), command.example);
}

}  // namespace tw::cli
