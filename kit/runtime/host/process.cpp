#include "kit/runtime/host/process.hpp"

#include "kit/base/encoding.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/export/process_resource.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/telemetry/log_line.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

std::vector<std::string> log_names(std::span<const ModuleSpec> known) {
    std::vector<std::string> names{"runtime", "telemetry"};
    for (const auto& module : known) names.emplace_back(module.name);
    return names;
}

telemetry::StreamLogSink::Options sink_options(const Program& program, const Config& config) {
    const auto log = log_settings(config);
    const bool terminal = log.format == LogFormat::automatic ? ::isatty(STDOUT_FILENO) == 1 : log.format == LogFormat::text;
    auto style = telemetry::choose_log_style(terminal, std::getenv("NO_COLOR"));
    // Text that was asked for into a file is better without colours.
    if (style == telemetry::LogStyle::coloured && ::isatty(STDOUT_FILENO) != 1) style = telemetry::LogStyle::plain;
    return {.service_name = program.name.text(), .style = style, .buffer_bytes_max = log.buffer_bytes_max};
}

telemetry::MeterOptions meter_options(const otlp::Settings& settings) {
    return {.exemplars = settings.exemplar_filter, .exponential = settings.exponential_histograms};
}

ConnectionUsers connection_users(const Config& config, std::span<const ModuleSpec> known, std::span<const ModuleSpec> chosen) {
    const auto has_database = [](const ModuleSpec& module) { return module.schema != nullptr; };
    const auto on_postgres = [&](const ModuleSpec& module) {
        return has_database(module) && !database_url(config, module).starts_with("sqlite:");
    };
    return {.here = static_cast<std::size_t>(std::ranges::count_if(chosen, on_postgres)),
            .known = static_cast<std::size_t>(std::ranges::count_if(known, has_database))};
}

/// One for each module; the process has its own beside several.
std::size_t services_for(std::span<const ModuleSpec> modules) { return modules.size() > 1 ? modules.size() + 1 : 1; }

bool takes_telemetry(std::span<const ModuleSpec> modules) { return std::ranges::any_of(modules, &ModuleSpec::takes_telemetry); }

}  // namespace

Process::Process(const Program& program, const Config& config, ProgramPlan plan,
                 const std::map<std::string, std::string>& environment, ConnectionPlan connections, Probe probe)
    : config_{config},
      program_plan_{std::move(plan)},
      probe_{std::move(probe)},
      sink_{STDOUT_FILENO, clock_, sink_options(program, config)},
      levels_{log_names(program.modules)},
      log_{program.name.text(), clock_, sink_, levels_.find("runtime"), nullptr, log_settings(config).repeats_max},
      export_log_{program.name.text(), clock_, sink_, levels_.find("telemetry"), nullptr, log_settings(config).repeats_max},
      telemetry_{otlp_settings(config, environment)},
      connections_{std::move(connections)},
      loops_{connections_.loops},
      workers_{runtime_settings(config).workers},
      context_{config,
               program.modules,
               program.version,
               clock_,
               workers_,
               loops_,
               health_,
               caches_,
               meter_options(telemetry_.settings),
               telemetry::Propagators{telemetry_.settings.propagators},
               program.policies},
      meters_{context_,
              process_resource(program, profile_of(config), clock_, environment, telemetry_.settings.resource_attributes)},
      exports_{telemetry_.settings,
               loops_,
               services_for(program_plan_.here),
               clock_,
               export_log_,
               takes_telemetry(program_plan_.here) ? &tap_ : nullptr},
      operations_{context_, levels_, meters_, exports_, log_} {
    context_.listening = &ports_.listening();
    if (takes_telemetry(program_plan_.here) && !telemetry_.settings.disabled) context_.tap = &tap_;
    add_modules();
}

Process::~Process() { stop(); }

std::span<const Process::Step> Process::all_steps() {
    // Ports come early: whether they are free is known at once, and everything after takes longer.
    static constexpr std::array kSteps{
        Step{"log levels", &Process::set_levels, &Process::end_nothing},
        Step{"profile", &Process::apply_profile, &Process::end_nothing},
        Step{"certificates", &Process::prepare_tls, &Process::end_nothing},
        Step{"issuers", &Process::prepare_auth, &Process::end_nothing},
        Step{"ports", &Process::bind_ports, &Process::release_ports},
        Step{"databases", &Process::open_stores, &Process::end_nothing},
        Step{"backup sockets", &Process::bind_backups, &Process::close_operations},
        Step{"loops", &Process::start_loops, &Process::stop_loops},
        Step{"telemetry", &Process::start_telemetry, &Process::end_telemetry},
        Step{"operations", &Process::serve_operations, &Process::close_operations},
        Step{"redis", &Process::reach_redis, &Process::end_nothing},
        Step{"modules", &Process::prepare_modules, &Process::end_modules},
        Step{"services", &Process::open_loop_modules, &Process::drain_loop_modules},
        Step{"connections", &Process::accept, &Process::close_ports},
    };
    return kSteps;
}

std::vector<std::string_view> Process::steps() {
    std::vector<std::string_view> names;
    for (const auto& step : all_steps()) names.push_back(step.name);
    return names;
}

Result<std::unique_ptr<Process>> Process::start(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
                                                const std::map<std::string, std::string>& environment, Probe probe) {
    auto plan = plan_program(program, chosen);
    if (!plan) return plan.error();
    auto connections =
        plan_connections(config, std::thread::hardware_concurrency(), connection_users(config, program.modules, plan->here));
    if (!connections) return connections.error();
    std::unique_ptr<Process> process{
        new Process{program, config, std::move(*plan), environment, std::move(*connections), std::move(probe)}};
    auto up = process->begin_all();
    if (up) return process;
    // What did not end in time may still use the process.
    if (!process->stop()) static_cast<void>(process.release());
    return up.error();
}

Result<void> Process::begin_all() {
    for (const auto& step : all_steps()) {
        // A step that fails has begun, and ends what it had started.
        ++begun_;
        auto done = probe_.before ? probe_.before(step.name) : Result<void>{};
        if (done) done = (this->*step.begin)();
        if (done) continue;
        auto error = std::move(done).error();
        auto cause = fmt::format("the start failed at the step \"{}\"", step.name);
        if (!error.cause().empty()) cause += ": " + error.cause();
        return std::move(error).with_cause(std::move(cause));
    }
    return {};
}

Result<void> Process::announce() {
    exports_.flush_tap();
    const auto& listening = ports_.listening();
    log_.log(telemetry::Severity::info, "runtime.ready",
             {{"http", listening.http ? listening.http->to_string() : ""}, {"ops", listening.ops.to_string()}},
             "ready" + (listening.http ? ": HTTP on " + listening.http->to_string() : std::string{}));
    const auto path = runtime_settings(config_).ready_file;
    if (path.empty()) return {};
    announced_ = ready_json(::getpid(), listening);
    return write_ready_file(path, announced_);
}

}  // namespace tw::runtime
