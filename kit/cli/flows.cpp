#include "kit/cli/commands.hpp"
#include "kit/cli/operations_port.hpp"
#include "kit/cli/table.hpp"
#include "kit/durable/schema.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::cli {
namespace {

namespace json = boost::json;

constexpr const char* kFlowsPath = "/flows";

std::string explained_error(const json::object& object) {
    const auto* const error = object.if_contains("error");
    if (error == nullptr || !error->is_object()) return {};
    return shown(error->get_object(), "reason") + ": " + shown(error->get_object(), "detail");
}

void print_flows(const Invocation& call, const json::object& answer) {
    std::vector<std::vector<std::string>> rows{{"STATE", "MODULE", "KIND", "ID", "ATTEMPTS", "SINCE", "ERROR"}};
    for (const auto& entry : answer.at("flows").as_array()) {
        const auto& flow = entry.as_object();
        rows.push_back({shown(flow, "state"), shown(flow, "module"), shown(flow, "kind"), shown(flow, "id"),
                        shown(flow, "attempts"), shown(flow, "created_at"), explained_error(flow)});
    }
    const bool only_open = !call.arguments.has("--state");
    if (rows.size() == 1 && only_open) {
        fmt::print("There are no flows that have not ended. --state done and --state canceled list those that have ended.\n");
    } else if (rows.size() == 1) {
        fmt::print("There are no such flows.\n");
    } else {
        fmt::print("{}", table(rows));
    }
    if (const auto next = shown(answer, "next_page_token"); !next.empty())
        fmt::print("There are more: {} flows list --page-token {}, with the same options.\n", call.program.name.text(), next);
}

void print_flow(const json::object& flow) {
    const std::vector<std::pair<std::string, std::string>> members{
        {"id", shown(flow, "id")},
        {"module", shown(flow, "module")},
        {"kind", fmt::format("{}, version {}", shown(flow, "kind"), shown(flow, "version"))},
        {"state", shown(flow, "state")},
        {"since", shown(flow, "created_at")},
        {"next run", shown(flow, "due_at")},
        {"ended", shown(flow, "done_at")},
        {"attempts", shown(flow, "attempts")},
        {"replica", shown(flow, "owner")},
        {"trace", shown(flow, "trace_id")},
        {"error", explained_error(flow)}};
    for (const auto& [name, value] : members) {
        if (!value.empty()) fmt::print("{:<10}{}\n", name, value);
    }
    std::vector<std::vector<std::string>> rows{{"STEP", "OUTCOME", "AT", "ERROR"}};
    for (const auto& entry : flow.at("steps").as_array()) {
        const auto& step = entry.as_object();
        rows.push_back({shown(step, "name"), shown(step, "outcome"), shown(step, "at"), explained_error(step)});
    }
    if (rows.size() > 1) fmt::print("\n{}", table(rows));
}

int list_flows(const Invocation& call) {
    const auto& arguments = call.arguments;
    const OperationsParameters parameters{{"module", arguments.text("--module")},
                                          {"state", arguments.text("--state")},
                                          {"kind", arguments.text("--kind")},
                                          {"page_size", arguments.text("--page-size")},
                                          {"page_token", arguments.text("--page-token")}};
    const auto answer = get_operations(call, kFlowsPath, parameters);
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    const auto& flows = std::get<json::object>(answer);
    if (arguments.has("--json")) {
        fmt::print("{}\n", json::serialize(flows));
    } else {
        print_flows(call, flows);
    }
    return 0;
}

int show_flow(const Invocation& call) {
    const auto& arguments = call.arguments;
    const auto answer = get_operations(call, kFlowsPath, {{"id", arguments.text("ID")}, {"module", arguments.text("--module")}});
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    const auto& flow = std::get<json::object>(answer);
    if (arguments.has("--json")) {
        fmt::print("{}\n", json::serialize(flow));
    } else {
        print_flow(flow);
    }
    return 0;
}

int change_flow(const Invocation& call, std::string action) {
    const auto& arguments = call.arguments;
    const bool stops = action != "retry";
    const OperationsParameters parameters{
        {"action", std::move(action)}, {"id", arguments.text("ID")}, {"module", arguments.text("--module")}};
    const auto answer = post_operations(call, kFlowsPath, parameters);
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    const auto& flow = std::get<json::object>(answer);
    const auto state = shown(flow, "state");
    if (stops && state != "canceled") {
        fmt::print("{} is stopped; it is canceled once its module has ended it\n", shown(flow, "id"));
    } else {
        fmt::print("{} is {} now\n", shown(flow, "id"), state);
    }
    return 0;
}

std::vector<std::string> port_options() { return {"--ops", "--config"}; }

Parameter module_parameter() {
    return {.name = "--module", .help = "Only flows of this module [all modules of the process]", .value_name = "MODULE"};
}
Parameter json_parameter() { return {.name = "--json", .help = "Print JSON instead of a table", .kind = Parameter::Kind::flag}; }
Parameter id_parameter() { return {.name = "ID", .help = "The id of the flow", .required = true}; }

Command list_command() {
    return {
        .name = "flows list",
        .help = "List flows of a running process; by default those that have not ended",
        .run = list_flows,
        .parameters = {{.name = "--state",
                        .help =
                            "Only flows in this state: running, waiting, parked, done or canceled [running, waiting and parked]",
                        .value_name = "STATE"},
                       {.name = "--kind", .help = "Only flows of this kind", .value_name = "KIND"},
                       module_parameter(),
                       {.name = "--page-size", .help = "How many flows to list, at most 500 [50]", .value_name = "NUMBER"},
                       {.name = "--page-token", .help = "Continue the list that gave this token", .value_name = "TOKEN"},
                       json_parameter()},
        .shown_options = port_options(),
        .example = "flows list --state parked"};
}

Command show_command() {
    return {.name = "flows show",
            .help = "Show a flow and its steps",
            .run = show_flow,
            .parameters = {id_parameter(), module_parameter(), json_parameter()},
            .shown_options = port_options(),
            .example = "flows show transfer-17"};
}

Command retry_command() {
    return {.name = "flows retry",
            .help = "Let a parked or waiting flow continue now",
            .run = [](const Invocation& call) { return change_flow(call, "retry"); },
            .parameters = {id_parameter(), module_parameter()},
            .shown_options = port_options(),
            .example = "flows retry transfer-17"};
}

Command cancel_command() {
    return {.name = "flows cancel",
            .help = "Stop a flow; its module then sets right what the flow has begun",
            .run = [](const Invocation& call) { return change_flow(call, call.arguments.has("--force") ? "end" : "cancel"); },
            .parameters = {id_parameter(),
                           module_parameter(),
                           {.name = "--force",
                            .help = "End it where it is, without its module; for a flow of a kind that no program knows any more",
                            .kind = Parameter::Kind::flag}},
            .shown_options = port_options(),
            .example = "flows cancel transfer-17"};
}

}  // namespace

std::vector<Command> flow_commands(const runtime::Program& program) {
    const auto has_flows = [](const runtime::ModuleSpec& module) {
        return module.make != nullptr && module.schema != nullptr && sql::uses(module.schema(), &durable::schema);
    };
    if (std::ranges::none_of(program.modules, has_flows)) return {};
    return {{.name = "flows", .help = "Look after durable flows", .settings = SettingUse::none},
            list_command(),
            show_command(),
            retry_command(),
            cancel_command()};
}

}  // namespace tw::cli
