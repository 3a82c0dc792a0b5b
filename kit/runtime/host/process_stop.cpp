#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/host/process.hpp"
#include "kit/runtime/process_settings.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// How long the drain of a module may take where another one has used up the time for all of them.
constexpr std::chrono::milliseconds kLateDrainMax{100};

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
    if (std::exchange(stopped_, true)) return late_.empty();
    stop_began_ = clock_.steady_now();
    const auto shutdown = shutdown_settings(config_);
    plan_ = plan_drain(stop_began_, shutdown.grace, shutdown.time, exports_.active());
    health_.enter(HealthRegistry::Phase::draining);
    if (!announced_.empty()) remove_ready_file(runtime_settings(config_).ready_file, announced_);
    serve_unready();
    for (; begun_ > 0; --begun_) {
        const auto& step = all_steps()[begun_ - 1];
        (this->*step.end)();
        if (probe_.ended) probe_.ended(step.name);
    }
    sink_.flush(std::chrono::seconds{1});
    return late_.empty();
}

void Process::serve_unready() {
    if (loop_modules_.empty()) return;
    log_.log(telemetry::Severity::info, "runtime.draining", {},
             "still serving requests while not ready, so that load balancers notice");
    std::this_thread::sleep_until(plan_.refuse_at);
}

void Process::close_ports() {
    ports_.close();
    if (loop_modules_.empty()) return;
    // The first loop accepts and deals connections to the others: once each has had its turn, none
    // is on its way.
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        run_on(loops_.at(i), [] { return Result<void>{}; }).value();
    }
}

void Process::drain_loop_modules() {
    const auto deadline = Deadline::at(plan_.cut_at);
    std::vector<std::unique_ptr<BlockingTask>> tasks;
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        auto* const here = loop_modules_[i].get();
        if (here == nullptr) continue;
        tasks.push_back(std::make_unique<BlockingTask>(loops_.at(i), [here, deadline] { return here->drain(deadline); }));
    }
    bool all_ended = true;
    for (auto& task : tasks) {
        const auto wait = std::max(plan_.end_at, clock_.steady_now() + kLateDrainMax);
        if (task->wait_until(wait)) {
            task->wait().value();
            continue;
        }
        all_ended = false;
        late_tasks_.push_back(std::move(task));
    }
    if (clock_.steady_now() >= plan_.cut_at) late_ = "connections were cut";
    if (!all_ended) late_ = "a flow, or the consumer of an event, did not end its work";
}

void Process::end_modules() {
    const auto deadline = Deadline::at(plan_.end_at);
    for (; prepared_ > 0; --prepared_) {
        auto& module = modules_[prepared_ - 1]->module();
        auto task = std::make_unique<BlockingTask>(loops_.at(0), [&module, deadline] { return drained(module.drain(deadline)); });
        const auto wait = std::max(plan_.end_at, clock_.steady_now() + kLateDrainMax);
        if (task->wait_until(wait)) {
            task->wait().value();
            continue;
        }
        late_ = fmt::format("the module {} did not end its work", module.name());
        late_tasks_.push_back(std::move(task));
    }
    if (late_.empty() && clock_.steady_now() >= plan_.end_at) late_ = "the modules took too long";
    // What is late may still use these objects.
    if (!late_.empty()) return;
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        if (!loop_modules_[i]) continue;
        run_on(loops_.at(i), [this, i]() -> Result<void> {
            loop_modules_[i].reset();
            return {};
        }).value();
    }
}

void Process::end_telemetry() {
    if (!loop_modules_.empty()) {
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - stop_began_);
        log_.log(telemetry::Severity::info, "runtime.stopped",
                 {{"duration_ms", std::int64_t{took.count()}}, {"in_time", late_.empty()}},
                 fmt::format("stopped in {} ms{}", took.count(),
                             late_.empty() ? "" : fmt::format(", later than it should have: {}", late_)));
    }
    report_left_out(true);
    // The loops still run, since the recorders and meters are theirs to read.
    exports_.stop(plan_.flush_time(clock_.steady_now()));
}

}  // namespace tw::runtime
