#include "kit/runtime/host/process.hpp"

#include "kit/base/encoding.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/export/process_resource.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/telemetry/log_line.hpp"

#include <algorithm>
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

}  // namespace

Process::Process(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
                 const std::map<std::string, std::string>& environment, ConnectionPlan connections)
    : config_{config},
      chosen_{chosen.begin(), chosen.end()},
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
      exports_{telemetry_.settings, loops_, services_for(chosen), clock_, export_log_},
      metrics_page_{meters_, workers_},
      ops_{context_, levels_, meters_, metrics_page_, exports_},
      ops_tracer_{clock_, ops_random_},
      backups_{workers_} {
    add_modules();
}

Process::~Process() { stop(); }

Result<std::unique_ptr<Process>> Process::start(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
                                                const std::map<std::string, std::string>& environment) {
    auto connections =
        plan_connections(config, std::thread::hardware_concurrency(), connection_users(config, program.modules, chosen));
    if (!connections) return connections.error();
    std::unique_ptr<Process> process{new Process{program, config, chosen, environment, std::move(*connections)}};
    if (auto up = process->bring_up(); !up) {
        process->stop();
        return up.error();
    }
    return process;
}

Result<void> Process::bring_up() {
    if (auto done = set_levels(); !done) return done;
    if (auto done = prepare_tls(); !done) return done;
    observe_left_out();
    // Ports first: whether they are free is known at once, and everything after takes longer.
    if (auto done = bind_ports(); !done) return done;
    if (auto done = open_stores(); !done) return done;
    open_control_ports();
    loops_.start();
    warn_of_telemetry();
    tell_of_connections();
    exports_.start(meters_.meters(), meters_.process_meter());
    serve_operations();
    if (auto done = reach_redis(); !done) return done;
    if (auto done = prepare_modules(); !done) return done;
    if (auto done = open_rooms(); !done) return done;
    health_.enter(HealthRegistry::Phase::serving);
    accept();
    return {};
}

Result<void> Process::prepare_tls() {
    if (auto safe = check_exposure(config_, chosen_); !safe) return safe;
    auto tls = ProcessTls::make(config_, chosen_);
    if (!tls) return tls.error();
    context_.tls = std::move(*tls);
    context_.tls.observe(meters_.process_meter(), clock_);
    context_.tls.warn(clock_.now(), log_);
    return {};
}

void Process::observe_left_out() {
    auto& meter = meters_.process_meter();
    meter.on_collect([this, left_out = meter.counter(kLogLeftOut)] {
        auto records = log_.left_out() + export_log_.left_out();
        for (const auto& module : modules_) records += module->log().left_out();
        left_out.set(static_cast<double>(records));
    });
}

Result<void> Process::set_levels() {
    const auto& entry = config_.entry("log.level");
    // OTEL_LOG_LEVEL is for telemetry's own part of the log; a level that names the part goes before it.
    const auto& telemetry = telemetry_.settings.log_level;
    const auto first = telemetry ? "telemetry=" + ascii_lower(telemetry::severity_name(*telemetry)) + "," : std::string{};
    const auto applied = levels_.apply(first + entry.value);
    if (applied) return {};
    return Error{Code::invalid_argument, "BAD_CONFIG",
                 fmt::format("log.level (from {}): {}", entry.origin, applied.error().detail())};
}

Result<std::unique_ptr<net::Listener>> Process::bind(const net::Address& address, std::string_view key) {
    auto listener = net::Listener::bind(address);
    if (listener) return listener;
    auto error = std::move(listener).error();
    const auto detail = fmt::format("{} ({}); {}", error.detail(), key, address_hint(config_, key));
    return std::move(error).with_detail(detail);
}

Result<void> Process::bind_ports() {
    listening_ = plan_listening(config_, chosen_);
    if (listening_.http) {
        auto bound = bind(*listening_.http, "http.address");
        if (!bound) return bound.error();
        http_listener_ = std::move(*bound);
        listening_.http = http_listener_->local();
    }
    for (auto& [module, address] : listening_.grpc) {
        auto bound = bind(address, module + ".address");
        if (!bound) return bound.error();
        address = (*bound)->local();
        grpc_listeners_.push_back({std::move(*bound), module});
    }
    auto bound = bind(listening_.ops, "ops.address");
    if (!bound) return bound.error();
    ops_listener_ = std::move(*bound);
    listening_.ops = ops_listener_->local();
    bind_scrapes();
    return {};
}

Result<void> Process::reach_redis() {
    auto settings = SharedCaches::redis_settings(config_);
    if (!settings) return settings.error();
    caches_.redis = std::move(*settings);
    caches_.key_prefix = config_.program().key_prefix();
    if (!caches_.redis) return {};
    if (caches_.redis->tls) context_.tls.follow(caches_.redis->tls);
    return check_redis(loops_.at(0), *caches_.redis, caches_.key_prefix, {ops_tracer_, log_, ops_meter_});
}

void Process::serve_operations() {
    const auto limits = http_limits(config_);
    serve_on_first_loop(*ops_listener_, ops_server_, ops_.handler(), limits);
    if (scrape_listener_) serve_on_first_loop(*scrape_listener_, scrape_server_, ops_.scrape_handler(), limits);
    auto patient = limits;
    patient.request_time_max = std::chrono::hours{24};
    for (auto& port : control_ports_) serve_on_first_loop(*port.listener, port.server, backups_.handler(), patient);
}

void Process::serve_on_first_loop(net::Listener& listener, std::unique_ptr<http::Server>& server, http::Handler handler,
                                  const http::ServerLimits& limits) {
    auto& first = loops_.at(0);
    run_on(first, [&]() -> Result<void> {
        const telemetry::Telemetry telemetry{ops_tracer_, log_, ops_meter_};
        server = http::make_server(first, limits, telemetry, std::move(handler), false, {},
                                   {.hosts = host_rule(config_, listener.local())});
        return {};
    }).value();
    listener.start(loops_, [&server, &first](EventLoop&, net::Socket socket) {
        first.post([&server, socket = std::move(socket)]() mutable {
            if (server) server->serve(std::move(socket));
        });
    });
}

Result<void> Process::prepare_modules() {
    for (const auto& module : modules_) {
        ++prepared_;
        BlockingTask task{loops_.at(0), [&] { return module->module().prepare(*module); }};
        if (auto done = task.wait(); !done) return done;
    }
    return {};
}

Result<void> Process::open_rooms() {
    loop_modules_.resize(loops_.size());
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        auto opened = run_on(loops_.at(i), [&] {
            loop_modules_[i] = std::make_unique<LoopModules>(i, context_);
            return loop_modules_[i]->open(modules_);
        });
        if (!opened) return opened;
    }
    return {};
}

LoopModules& Process::modules_of(const EventLoop& loop) {
    std::size_t index = 0;
    while (&loops_.at(index) != &loop) ++index;
    return *loop_modules_[index];
}

void Process::accept() {
    for (auto& port : grpc_listeners_) {
        port.listener->start(loops_, [this, &port](EventLoop& loop, net::Socket socket) {
            modules_of(loop).serve_rpc(port.module, std::move(socket));
        });
    }
    if (http_listener_) {
        http_listener_->start(loops_,
                              [this](EventLoop& loop, net::Socket socket) { modules_of(loop).serve_http(std::move(socket)); });
    }
}

Result<void> Process::announce() {
    log_.log(telemetry::Severity::info, "runtime.ready",
             {{"http", listening_.http ? listening_.http->to_string() : ""}, {"ops", listening_.ops.to_string()}},
             "ready" + (listening_.http ? ": HTTP on " + listening_.http->to_string() : std::string{}));
    const auto path = runtime_settings(config_).ready_file;
    if (path.empty()) return {};
    announced_ = ready_json(::getpid(), listening_);
    return write_ready_file(path, announced_);
}

}  // namespace tw::runtime
