#include "kit/base/encoding.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/reasons.hpp"

#include <cstdint>
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

Result<void> Process::prepare_tls() {
    if (auto safe = check_exposure(config_, chosen_); !safe) return safe;
    auto tls = ProcessTls::make(config_, chosen_);
    if (!tls) return tls.error();
    context_.tls = std::move(*tls);
    context_.tls.observe(meters_.process_meter(), clock_);
    context_.tls.warn(clock_.now(), log_);
    return {};
}

Result<void> Process::bind_ports() {
    if (auto bound = ports_.bind(config_, chosen_); !bound) return bound;
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
    if (!caches_.redis) return {};
    if (caches_.redis->tls) context_.tls.follow(caches_.redis->tls);
    return check_redis(loops_.at(0), *caches_.redis, caches_.key_prefix, operations_.telemetry());
}

Result<void> Process::prepare_modules() {
    for (const auto& module : modules_) {
        ++prepared_;
        BlockingTask task{loops_.at(0), [&] { return module->module().prepare(*module); }};
        if (auto done = task.wait(); !done) return done;
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
    return {};
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
