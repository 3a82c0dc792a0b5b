#include "kit/cli/commands.hpp"
#include "kit/cli/operations_port.hpp"

#include <fmt/format.h>

namespace tw::cli {
namespace {

int sign_token(const Invocation& call) {
    const auto& arguments = call.arguments;
    const OperationsParameters parameters{{"role", arguments.text("--role")}, {"user", arguments.text("--user")}};
    const auto answer = post_operations(call, "/token", parameters);
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    fmt::print("{}\n", shown(std::get<boost::json::object>(answer), "token"));
    return 0;
}

}  // namespace

std::vector<Command> token_commands() {
    return {{.name = "token", .help = "Make access tokens for development", .settings = SettingUse::none},
            {.name = "token dev",
             .help = "Print an access token that the process which runs on this machine accepts for an hour",
             .run = sign_token,
             .settings = SettingUse::read_quietly,
             .parameters = {{.name = "--user", .help = "The id of the user", .required = true, .value_name = "ID"},
                            {.name = "--role",
                             .help = "The role of the user: customer, support, merchant or operator [customer]",
                             .value_name = "ROLE"}},
             .shown_options = {"--ops", "--config"},
             .example = "token dev --role support --user 0199b2f0-1c3e-7aaa-8000-5a1fd0e2c7b4"}};
}

}  // namespace tw::cli
