#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/host/drain_plan.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/process_settings.hpp"

#include <deque>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

constexpr std::chrono::milliseconds kOpsTimeMax{500};

Task<Result<void>> drained(Task<void> task) {
    co_await std::move(task);
    co_return Result<void>{};
}

}  // namespace

void Process::report_left_out(bool all) {
    for (const auto& module : modules_) module->log().report_left_out(all);
    log_.report_left_out(all);
    export_log_.report_left_out(all);
}

bool Process::stop() {
    if (std::exchange(stopped_, true)) return true;
    const auto begun = clock_.steady_now();
    const bool served = !loop_modules_.empty();
    const auto shutdown = shutdown_settings(config_);
    const auto plan = plan_drain(begun, shutdown.grace, shutdown.time, exports_.active());
    health_.enter(HealthRegistry::Phase::draining);
    if (!announced_.empty()) remove_ready_file(runtime_settings(config_).ready_file, announced_);
    if (served) {
        log_.log(telemetry::Severity::info, "runtime.draining", {}, "going on to serve while unready, so that balancers notice");
        std::this_thread::sleep_until(plan.refuse_at);
    }

    if (http_listener_) http_listener_->close();
    for (const auto& port : grpc_listeners_) port.listener->close();
    settle();
    drain_rooms(Deadline::at(plan.cut_at));
    const bool cut = clock_.steady_now() >= plan.cut_at;
    drain_modules(Deadline::at(plan.end_at));
    const bool in_time = !cut && clock_.steady_now() < plan.end_at;
    if (in_time) close_rooms();
    close_operations();
    if (served) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - begun);
        log_.log(telemetry::Severity::info, "runtime.stopped",
                 {{"duration_ms", std::int64_t{took.count()}}, {"in_time", in_time}},
                 fmt::format("stopped in {} ms{}", took.count(), in_time ? "" : ", later than it should have"));
    }
    report_left_out(true);
    // The loops still run, since the recorders and meters are theirs to read.
    exports_.stop(plan.flush_time(clock_.steady_now()));
    loops_.stop();
    sink_.flush(std::chrono::seconds{1});
    return in_time;
}

void Process::close_operations() {
    if (ops_listener_) ops_listener_->close();
    if (scrape_listener_) scrape_listener_->close();
    close(ops_server_);
    close(scrape_server_);
    backups_.abandon();
    for (auto& port : control_ports_) {
        port.listener->close();
        close(port.server);
        // The lock beside the socket is the listener's; the database's own lock keeps others from the path.
        ::unlink((port.place.address().host + ".lock").c_str());
    }
}

void Process::close(std::unique_ptr<http::Server>& server) {
    if (!server) return;
    // Whoever watches may have asked for something that takes a moment, such as the metrics.
    BlockingTask task{loops_.at(0), [&] { return drained(server->drain(Deadline::after(clock_.steady_now(), kOpsTimeMax))); }};
    task.wait().value();
    run_on(loops_.at(0), [&]() -> Result<void> {
        server.reset();
        return {};
    }).value();
}

void Process::settle() {
    if (loop_modules_.empty()) return;
    // The first loop accepts and deals connections to the others: once each has had its turn, none is on its way.
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        run_on(loops_.at(i), [] { return Result<void>{}; }).value();
    }
}

void Process::drain_rooms(Deadline deadline) {
    std::deque<BlockingTask> tasks;
    for (const auto& room : loop_modules_) {
        if (!room) continue;
        const auto index = static_cast<std::size_t>(&room - loop_modules_.data());
        tasks.emplace_back(loops_.at(index), [&room, deadline] { return room->drain(deadline); });
    }
    for (auto& task : tasks) task.wait().value();
}

void Process::drain_modules(Deadline deadline) {
    for (; prepared_ > 0; --prepared_) {
        auto& module = modules_[prepared_ - 1]->module();
        BlockingTask task{loops_.at(0), [&] { return drained(module.drain(deadline)); }};
        task.wait().value();
    }
}

void Process::close_rooms() {
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        if (!loop_modules_[i]) continue;
        run_on(loops_.at(i), [&]() -> Result<void> {
            loop_modules_[i].reset();
            return {};
        }).value();
    }
}

}  // namespace tw::runtime
