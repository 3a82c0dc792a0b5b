#include "apps/tradewind/command_list.hpp"

#include "apps/tradewind/commands.hpp"
#include "apps/tradewind/console/commands.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/cli/commands.hpp"

#include <algorithm>
#include <iterator>

namespace tw::app {
namespace {

using cli::Command;
using cli::Invocation;
using cli::Parameter;
using cli::SettingUse;
using cli::Variables;

Command up_command() {
    return {.name = "up",
            .help = "Run all modules in one process",
            .run =
                [](const Invocation& call) {
                    return run_all(*call.config, call.modules,
                                   {.no_console = call.arguments.has("--no-console"), .open = call.arguments.has("--open")});
                },
            .settings = SettingUse::read_quietly,
            .parameters = {{.name = "--open", .help = "Show the console in a browser", .kind = Parameter::Kind::flag},
                           {.name = "--no-console", .help = "Run without the console", .kind = Parameter::Kind::flag}},
            .shown_options = cli::serving_options(program()),
            .variables = {Variables::database, Variables::redis, Variables::telemetry},
            .example = "up --data ./data --http 127.0.0.1:8080"};
}

/// The modules of a process of its own are always named, since `up` runs all of them.
Command serve_command() {
    auto command = cli::serve_command(program());
    command.help = "Run some modules in one process; they call the others over gRPC";
    command.parameters.front().required = true;
    command.example = "serve user order --data ./data";
    command.example_variables = "CATALOG_SERVICE_URL=http://127.0.0.1:50054";
    return command;
}

Command backup_command() {
    return {.name = "backup",
            .help = "Copy the SQLite databases to a folder; tradewind may be running",
            .run = [](const Invocation& call) { return backup(*call.config, call.arguments.text("FOLDER")); },
            .parameters = {{.name = "FOLDER",
                            .help = "The folder for the copies; created if it does not exist, otherwise it must be empty",
                            .required = true}},
            .shown_options = {"--data", "--config"},
            .example = "backup ./backup-monday --data ./data"};
}

Command restore_command() {
    return {.name = "restore",
            .help = "Restore the SQLite databases from a backup",
            .run =
                [](const Invocation& call) {
                    return restore(*call.config, call.arguments.text("FOLDER"), call.arguments.has("--force"));
                },
            .parameters = {{.name = "FOLDER", .help = "A folder that `tradewind backup` has written", .required = true},
                           {.name = "--force", .help = "Replace existing databases", .kind = Parameter::Kind::flag}},
            .shown_options = {"--data", "--config"},
            .example = "restore ./backup-monday --data ./data"};
}

Command copy_command() {
    return {.name = "copy",
            .help = "Copy all data from SQLite to an empty PostgreSQL database",
            .run = [](const Invocation& call) { return copy(*call.config, call.modules, call.arguments.text("--to")); },
            .parameters = {{.name = "MODULE", .help = "Copy only these modules [all]", .kind = Parameter::Kind::modules},
                           {.name = "--to", .help = "The PostgreSQL database to copy to", .required = true, .value_name = "URL"}},
            .shown_options = {"--data", "--config"},
            .example = "copy --to postgresql://shop:PASSWORD@127.0.0.1:5432/shop"};
}

Command audit_verify_command() {
    return {.name = "audit verify",
            .help = "Check the chains of the audit log; the exit code is 1 if one is broken",
            .run =
                [](const Invocation& call) {
                    return verify_audit(*call.config, call.modules, call.arguments.has("--json"),
                                        call.arguments.text("--anchor"));
                },
            .parameters = {{.name = "MODULE", .help = "Check only these modules [all]", .kind = Parameter::Kind::modules},
                           {.name = "--json", .help = "Write the result as JSON", .kind = Parameter::Kind::flag},
                           {.name = "--anchor",
                            .help = "The JSON result of an earlier check, which the chains must continue",
                            .value_name = "FILE"}},
            .shown_options = {"--data", "--config"},
            .variables = {Variables::database},
            .example = "audit verify --data ./backup-monday"};
}

Command audit_export_command() {
    return {.name = "audit export",
            .help = "Write the sealed records of the audit log as lines of JSON",
            .run =
                [](const Invocation& call) {
                    return export_audit(*call.config, call.modules,
                                        {.from = call.arguments.text("--from"),
                                         .to = call.arguments.text("--to"),
                                         .actor = call.arguments.text("--actor"),
                                         .object = call.arguments.text("--object")});
                },
            .parameters = {{.name = "MODULE", .help = "Export only these modules [all]", .kind = Parameter::Kind::modules},
                           {.name = "--from", .help = "Records from this time on, as in RFC 3339", .value_name = "TIME"},
                           {.name = "--to", .help = "Records before this time", .value_name = "TIME"},
                           {.name = "--actor", .help = "Only what this user or service did", .value_name = "ID"},
                           {.name = "--object", .help = "Only what was done to the object with this id", .value_name = "ID"}},
            .shown_options = {"--data", "--config"},
            .variables = {Variables::database},
            .example = "audit export --data ./backup-monday --from 2026-01-31T00:00:00Z"};
}

Command doctor_command() {
    return {.name = "doctor",
            .help = "Check what a process would use: settings, certificates, issuer, databases, Redis and more",
            .run = [](const Invocation& call) { return doctor(*call.config, call.modules, call.arguments.has("--json")); },
            // It lists warnings as findings.
            .settings = SettingUse::read_quietly,
            .parameters = {{.name = "MODULE",
                            .help = "Check a process that runs these modules, as serve does [all]",
                            .kind = Parameter::Kind::modules},
                           {.name = "--json", .help = "Print the findings as JSON", .kind = Parameter::Kind::flag}},
            .shown_options = {"--http", "--ops", "--grpc", "--data", "--profile", "--config"},
            .variables = {Variables::database, Variables::redis, Variables::services, Variables::telemetry},
            .example = "doctor --data ./data"};
}

Command certs_dev_command() {
    return {.name = "certs dev",
            .help = "Create a development CA and a certificate for each module",
            .run =
                [](const Invocation& call) {
                    return make_certificates(call.arguments.text("--folder", "certs"), call.arguments.has("--force"));
                },
            .settings = SettingUse::none,
            .parameters = {{.name = "--folder", .help = "The folder for the files; created if it does not exist [certs]"},
                           {.name = "--force", .help = "Replace existing files", .kind = Parameter::Kind::flag}},
            .example = "certs dev --folder ./certs"};
}

}  // namespace

std::vector<Command> command_list() {
    std::vector<Command> commands{
        up_command(),
        serve_command(),
        cli::healthcheck_command(program()),
        cli::migrate_command(program()),
        backup_command(),
        restore_command(),
        copy_command(),
        doctor_command(),
        {.name = "audit", .help = "Check and export the audit log", .settings = SettingUse::none},
        audit_verify_command(),
        audit_export_command(),
        cli::config_group(),
        cli::config_show_command(program()),
        cli::help_command(),
        cli::version_command(),
        {.name = "certs", .help = "Create certificates", .settings = SettingUse::none},
        certs_dev_command(),
    };
    std::ranges::copy(telemetry_commands(), std::back_inserter(commands));
    std::ranges::copy(cli::token_commands(), std::back_inserter(commands));
    std::ranges::copy(cli::flow_commands(program()), std::back_inserter(commands));
    std::ranges::copy(cli::event_commands(program()), std::back_inserter(commands));
    return commands;
}

int report(const Error& error) { return runtime::report(program_name(), error); }

}  // namespace tw::app
