#include "apps/tradewind/console/commands.hpp"

#include "apps/tradewind/console/console_client.hpp"
#include "apps/tradewind/console/list_options.hpp"
#include "apps/tradewind/console/signal_list.hpp"
#include "apps/tradewind/console/telemetry_lines.hpp"
#include "kit/async/run.hpp"
#include "kit/base/encoding.hpp"
#include "kit/http/json_mapping.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

using cli::Command;
using cli::Invocation;
using cli::Parameter;

int run_list(const Invocation& call, SignalList::Signal signal) {
    auto options = read_list_options(call.arguments, SystemClock{}.now());
    if (!options) return report(options.error());
    EventLoop loop;
    const auto client = ConsoleClient::make(loop, call);
    if (!client) return report(client.error());
    SignalList list{signal, *client, std::move(*options), Painter::of_standard_output()};
    const auto done = run_until_done(loop, list.run());
    return done ? 0 : report(done.error());
}

/// Whether the lists that describe the spans are equally long, as the contract says.
bool is_consistent(const ::console::Trace& trace) {
    const auto spans = trace.span_ids_size();
    const std::array sizes{trace.parents_size(), trace.orphans_size(),  trace.start_ns_size(), trace.duration_ns_size(),
                           trace.names_size(),   trace.services_size(), trace.kinds_size(),    trace.statuses_size(),
                           trace.notes_size(),   trace.logs_size()};
    return std::ranges::all_of(sizes, [spans](int size) { return size == spans; });
}

Task<Outcome<::console::Trace>> read_trace(const ConsoleClient& client, std::string id) {
    ::console::Trace trace;
    auto got = co_await client.get("/q/traces/" + id, {}, trace);
    if (!got) co_return std::unexpected(std::move(got).error());
    if (!is_consistent(trace)) co_return std::unexpected(CommandFailure{"the answer of the console has gaps", 1});
    co_return trace;
}

int show_trace(const Invocation& call) {
    const auto id = ascii_lower(call.arguments.text("TRACE_ID"));
    std::array<std::uint8_t, 16> bytes{};
    if (!read_hex(id, bytes)) {
        return report(
            CommandFailure{fmt::format("a trace id has 32 hexadecimal digits, and {} has not", visible(id)), cli::kUsage});
    }
    EventLoop loop;
    const auto client = ConsoleClient::make(loop, call);
    if (!client) return report(client.error());
    const auto trace = run_until_done(loop, read_trace(*client, id));
    if (!trace) return report(trace.error());
    if (call.arguments.has("--json")) {
        std::string line;
        http::write_json(*trace, line);
        print_out(line + "\n");
    } else {
        print_out(trace_tree(Painter::of_standard_output(), *trace));
    }
    return 0;
}

Parameter console_parameter() {
    return {.name = "--console",
            .help = "The console's address [console.address, or where the console of the data folder says it is]",
            .value_name = "URL"};
}

std::vector<Parameter> list_parameters(std::string_view what) {
    return {
        {.name = "QUERY",
         .help = fmt::format(
             "Only {} that match; in quotes, as docs/guide/queries.md describes it. After --, it may begin with a minus", what),
         .kind = Parameter::Kind::texts},
        {.name = "--follow", .help = "Go on with what comes, until Ctrl-C", .kind = Parameter::Kind::flag},
        {.name = "--limit",
         .help = fmt::format("How many {} at most, the newest ones [50; before following 10]", what),
         .value_name = "NUMBER"},
        {.name = "--from", .help = "From this time on: -15m, -2h, or 2026-01-31T12:00:00Z", .value_name = "TIME"},
        {.name = "--to", .help = "Before this time", .value_name = "TIME"},
        {.name = "--json", .help = "Print one JSON object a line, with all that is known", .kind = Parameter::Kind::flag},
        console_parameter()};
}

Command traces_command() {
    return {.name = "traces",
            .help = "List the newest traces that the console has, or show one",
            .run = [](const Invocation& call) { return run_list(call, SignalList::Signal::traces); },
            .settings = cli::SettingUse::read_quietly,
            .parameters = list_parameters("traces"),
            .shown_options = {"--data", "--config"},
            .example = "traces 'service:order* duration>200ms' --from -15m"};
}

Command show_command() {
    return {.name = "traces show",
            .help = "Show a trace as a tree",
            .run = show_trace,
            .settings = cli::SettingUse::read_quietly,
            .parameters = {{.name = "TRACE_ID", .help = "The id of the trace, as `traces` lists it", .required = true},
                           {.name = "--json", .help = "Print the answer of the console as JSON", .kind = Parameter::Kind::flag},
                           console_parameter()},
            .shown_options = {"--data", "--config"},
            .example = "traces show 0af7651916cd43dd8448eb211c80319c"};
}

Command logs_command() {
    return {.name = "logs",
            .help = "List the newest log records that the console has",
            .run = [](const Invocation& call) { return run_list(call, SignalList::Signal::logs); },
            .settings = cli::SettingUse::read_quietly,
            .parameters = list_parameters("log records"),
            .shown_options = {"--data", "--config"},
            .example = "logs 'severity>=warn stock' --follow"};
}

}  // namespace

std::vector<Command> telemetry_commands() { return {traces_command(), show_command(), logs_command()}; }

}  // namespace tw::app
