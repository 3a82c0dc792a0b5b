#include "kit/cli/commands.hpp"
#include "kit/cli/operations_port.hpp"
#include "kit/cli/table.hpp"
#include "kit/outbox/schema.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::cli {
namespace {

namespace json = boost::json;

constexpr const char* kDeadPath = "/events/dead";

void print_dead(const Invocation& call, const json::object& answer) {
    std::vector<std::vector<std::string>> rows{{"MODULE", "CONSUMER", "TYPE", "ID", "DIED", "ERROR"}};
    for (const auto& entry : answer.at("events").as_array()) {
        const auto& event = entry.as_object();
        rows.push_back({shown(event, "module"), shown(event, "consumer"), shown(event, "type"), shown(event, "id"),
                        shown(event, "died_at"), shown(event, "error")});
    }
    if (rows.size() == 1) {
        fmt::print("There are no dead events.\n");
    } else {
        fmt::print("{}", table(rows));
    }
    if (const auto next = shown(answer, "next_page_token"); !next.empty())
        fmt::print("There are more: {} events dead list --page-token {}, with the same options.\n", call.program.name.text(),
                   next);
}

void print_dead_event(const json::object& event) {
    const std::vector<std::pair<std::string, std::string>> members{{"id", shown(event, "id")},
                                                                   {"type", shown(event, "type")},
                                                                   {"about", shown(event, "aggregate_id")},
                                                                   {"stream", shown(event, "stream")},
                                                                   {"module", shown(event, "module")},
                                                                   {"consumer", shown(event, "consumer")},
                                                                   {"died", shown(event, "died_at")},
                                                                   {"trace", shown(event, "trace_id")},
                                                                   {"payload", shown(event, "payload_bytes") + " bytes"},
                                                                   {"error", shown(event, "error")}};
    for (const auto& [name, value] : members) {
        if (!value.empty()) fmt::print("{:<10}{}\n", name, value);
    }
}

OperationsParameters named_event(const Invocation& call) {
    return {{"id", call.arguments.text("ID")},
            {"consumer", call.arguments.text("CONSUMER")},
            {"module", call.arguments.text("--module")}};
}

int list_dead(const Invocation& call) {
    const auto& arguments = call.arguments;
    const OperationsParameters parameters{{"module", arguments.text("--module")},
                                          {"page_size", arguments.text("--page-size")},
                                          {"page_token", arguments.text("--page-token")}};
    const auto answer = get_operations(call, kDeadPath, parameters);
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    const auto& events = std::get<json::object>(answer);
    if (arguments.has("--json")) {
        fmt::print("{}\n", json::serialize(events));
    } else {
        print_dead(call, events);
    }
    return 0;
}

int show_dead(const Invocation& call) {
    const auto answer = get_operations(call, kDeadPath, named_event(call));
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    const auto& event = std::get<json::object>(answer);
    if (call.arguments.has("--json")) {
        fmt::print("{}\n", json::serialize(event));
    } else {
        print_dead_event(event);
    }
    return 0;
}

int change_dead(const Invocation& call, const std::string& action, std::string_view done) {
    auto parameters = named_event(call);
    parameters.emplace_back("action", action);
    const auto answer = post_operations(call, kDeadPath, parameters);
    if (const auto* code = std::get_if<int>(&answer)) return *code;
    fmt::print("{} {}\n", shown(std::get<json::object>(answer), "id"), done);
    return 0;
}

std::vector<std::string> dead_options() { return {"--ops", "--config"}; }

Parameter dead_module() {
    return {.name = "--module",
            .help = "Only events of this module's consumers [all modules of the process]",
            .value_name = "MODULE"};
}
Parameter dead_json() { return {.name = "--json", .help = "Print JSON instead of a table", .kind = Parameter::Kind::flag}; }
std::vector<Parameter> event_parameters() {
    return {{.name = "ID", .help = "The id of the event", .required = true},
            {.name = "CONSUMER", .help = "The consumer that could not apply the event", .required = true},
            dead_module()};
}

Command dead_list_command() {
    return {.name = "events dead list",
            .help = "List events that consumers of a running process could not apply",
            .run = list_dead,
            .parameters = {dead_module(),
                           {.name = "--page-size", .help = "How many events to list, at most 500 [50]", .value_name = "NUMBER"},
                           {.name = "--page-token", .help = "Continue the list that gave this token", .value_name = "TOKEN"},
                           dead_json()},
            .shown_options = dead_options(),
            .example = "events dead list"};
}

Command dead_show_command() {
    auto parameters = event_parameters();
    parameters.push_back(dead_json());
    return {.name = "events dead show",
            .help = "Show a dead event with its error",
            .run = show_dead,
            .parameters = std::move(parameters),
            .shown_options = dead_options(),
            .example = "events dead show 0199b2f0-1c3e-7aaa-8000-5a1fd0e2c7b4 order.timeline"};
}

Command dead_redrive_command() {
    return {.name = "events dead redrive",
            .help = "Publish a dead event again; consumers that have applied it leave it out",
            .run = [](const Invocation& call) { return change_dead(call, "redrive", "is published again"); },
            .parameters = event_parameters(),
            .shown_options = dead_options(),
            .example = "events dead redrive 0199b2f0-1c3e-7aaa-8000-5a1fd0e2c7b4 order.timeline"};
}

Command dead_drop_command() {
    return {.name = "events dead drop",
            .help = "Remove a dead event; the consumer never applies it",
            .run = [](const Invocation& call) { return change_dead(call, "drop", "is dropped"); },
            .parameters = event_parameters(),
            .shown_options = dead_options(),
            .example = "events dead drop 0199b2f0-1c3e-7aaa-8000-5a1fd0e2c7b4 order.timeline"};
}

}  // namespace

std::vector<Command> event_commands(const runtime::Program& program) {
    const auto has_outbox = [](const runtime::ModuleSpec& module) {
        return module.make != nullptr && module.schema != nullptr && sql::uses(module.schema(), &outbox::schema);
    };
    if (std::ranges::none_of(program.modules, has_outbox)) return {};
    return {{.name = "events", .help = "Look after events", .settings = SettingUse::none},
            {.name = "events dead", .help = "Look after events that consumers could not apply", .settings = SettingUse::none},
            dead_list_command(),
            dead_show_command(),
            dead_redrive_command(),
            dead_drop_command()};
}

}  // namespace tw::cli
