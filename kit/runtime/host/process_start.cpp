#include "kit/base/encoding.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/callers/process_auth.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/profile_rules.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include <fmt/format.h>

/// The beginnings of the steps, in their order.
namespace tw::runtime {

Result<void> Process::set_levels() {
    const auto& entry = config_.entry("log.level");
    // OTEL_LOG_LEVEL is for telemetry's own part of the log; a level that names the part goes
    // before it.
    const auto& telemetry = telemetry_.settings.log_level;
    const auto first = telemetry ? "telemetry=" + ascii_lower(telemetry::severity_name(*telemetry)) + "," : std::string{};
    const auto applied = levels_.apply(first + entry.value);
    if (applied) return {};
    return Error{Code::invalid_argument, reason::kBadConfig,
                 fmt::format("log.level (from {}): {}", entry.origin, applied.error().detail())};
}

Result<void> Process::apply_profile() {
    auto refusals = find_refusals(
        config_, {.known = context_.known, .here = program_plan_.here, .metrics = metrics_address(telemetry_.settings)});
    // The databases are asked now, so that all refusals are shown at once.
    auto databases = find_unsafe_databases(config_, program_plan_.here);
    std::ranges::move(databases, std::back_inserter(refusals));
    if (!refusals.empty()) return refused_start(config_, refusals);
    return {};
}

Result<void> Process::prepare_tls() {
    if (auto valid = check_ops_settings(config_); !valid) return valid;
    auto tls = ProcessTls::make(config_, program_plan_.here);
    if (!tls) return tls.error();
    context_.tls = std::move(*tls);
    context_.tls.observe(meters_.process_meter(), clock_);
    context_.tls.warn(clock_.now(), log_);
    return {};
}

Result<void> Process::prepare_auth() {
    auto auth = ProcessAuth::make(config_, context_.known, clock_);
    if (!auth) return std::move(auth).error();
    context_.auth = std::move(*auth);
    if (!context_.auth->required()) {
        log_.log(telemetry::Severity::info, "auth.not_required", {},
                 "no issuer is set, so a call without a token may do everything; set auth.issuers to change that");
    }
    return {};
}

Result<void> Process::bind_ports() {
    if (auto bound = ports_.bind(config_, program_plan_.here); !bound) return bound;
    auto warning = operations_.bind_scrapes(telemetry_.settings, ports_.listening().ops);
    if (warning) telemetry_.warnings.push_back(std::move(*warning));
    return {};
}

Result<void> Process::open_stores() { return stores_.open(config_, modules_, workers_, connections_.options); }

Result<void> Process::bind_backups() {
    operations_.bind_backups(stores_);
    return {};
}

Result<void> Process::start_loops() {
    observe_left_out();
    loops_.start();
    return {};
}

Result<void> Process::start_telemetry() {
    warn_of_telemetry();
    tell_of_connections();
    exports_.start(meters_.meters(), meters_.process_meter());
    return {};
}

Result<void> Process::serve_operations() {
    operations_.serve(ports_.operations());
    return {};
}

Result<void> Process::reach_redis() {
    auto settings = SharedCaches::redis_settings(config_);
    if (!settings) return settings.error();
    caches_.redis = std::move(*settings);
    caches_.key_prefix = config_.program().key_prefix();
    if (!caches_.redis && events_settings(config_).bus == EventsBus::redis) {
        return Error{Code::invalid_argument, reason::kBadConfig,
                     fmt::format("events.bus (from {}) is redis, and redis.url is not set; set redis.url ({}), or events.bus to "
                                 "local",
                                 config_.entry("events.bus").origin, config_.variable("redis.url"))};
    }
    if (!caches_.redis) return {};
    if (caches_.redis->tls) context_.tls.follow(caches_.redis->tls);
    return check_redis(loops_.at(0), *caches_.redis, caches_.key_prefix, operations_.telemetry());
}

Result<void> Process::prepare_modules() {
    for (const auto& module : modules_) {
        ++prepared_;
        BlockingTask task{loops_.at(0), [&] { return module->module().prepare(*module); }};
        if (auto done = task.wait(); !done) return done;
        for (const auto& [name, address] : module->ports()) ports_.add(name, address);
    }
    return {};
}

Result<void> Process::open_loop_modules() {
    loop_modules_.resize(loops_.size());
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        auto opened = run_on(loops_.at(i), [&] {
            loop_modules_[i] = std::make_unique<LoopModules>(i, context_);
            return loop_modules_[i]->open(modules_);
        });
        if (!opened) return opened;
    }
    warn_of_routes();
    return {};
}

void Process::warn_of_routes() {
    std::vector<const rpc::Method*> methods;
    static_cast<void>(run_on(loops_.at(0), [&]() -> Result<void> {
        methods = loop_modules_[0]->methods();
        return {};
    }));
    for (const auto& [service, routes] : find_unanswered(program_plan_, methods)) {
        log_.log(
            telemetry::Severity::warn, "runtime.route_not_answered", {{"tw.rpc.service", service}, {"tw.http.routes", routes}},
            fmt::format("the contract gives {} HTTP routes that no gateway of this program answers: {}; add the routes of the "
                        "service to a gateway (tw::gateway::make_module), or take `http` out of its contract",
                        service, routes));
    }
}

Result<void> Process::accept() {
    health_.enter(HealthRegistry::Phase::serving);
    ports_.accept(loops_, [this](const EventLoop& loop) -> LoopModules& { return modules_of(loop); });
    return {};
}

LoopModules& Process::modules_of(const EventLoop& loop) {
    std::size_t index = 0;
    while (&loops_.at(index) != &loop) ++index;
    return *loop_modules_[index];
}

void Process::tell_of_connections() {
    if (!connections_.bounded) return;
    const auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
    const auto& options = connections_.options;
    log_.log(telemetry::Severity::info, "database.connections_bounded",
             {{"tw.database.connections", count(connections_.connections)},
              {"tw.loops", count(connections_.loops)},
              {"tw.database.pipelines", count(options.lines)},
              {"tw.database.transactions_max", count(options.leases_max)}},
             fmt::format(
                 "at most {} connections to PostgreSQL, within database.connections_max: {} loops with {} for reads and commits "
                 "and up to {} for transactions for each module; raise it together with the server's max_connections",
                 connections_.connections, connections_.loops, options.lines, options.leases_max));
}

}  // namespace tw::runtime
