#pragma once

#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/export/telemetry_export.hpp"
#include "kit/runtime/host/drain_plan.hpp"
#include "kit/runtime/host/operations.hpp"
#include "kit/runtime/host/process_ports.hpp"
#include "kit/runtime/host/process_stores.hpp"
#include "kit/runtime/host/program_plan.hpp"
#include "kit/runtime/program.hpp"
#include "kit/telemetry/log_levels.hpp"
#include "kit/telemetry/stream_log_sink.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

class BlockingTask;

/// A running set of modules, and the order in which its parts start and end. Each part is a step
/// with a beginning and an end; the steps begin in their order and end in the opposite one. Made,
/// and ended, by the main thread.
class Process {
 public:
    /// For tests of the order: `before` is called before each step begins, and its error is the
    /// step's; `ended` after each that has ended.
    struct Probe {
        std::function<Result<void>(std::string_view step)> before;
        std::function<void(std::string_view step)> ended;
    };

    /// Runs `chosen` of the program's modules, in their order, without those that have no code
    /// here. Returns when it serves. Errors: BAD_PROGRAM (plan_program), BAD_CONFIG for what only
    /// shows when it is used, ADDRESS_IN_USE with a hint, DATA_FOLDER_IN_USE, and whatever a
    /// module's prepare says; the cause begins with the step that failed, and everything that was
    /// started has been ended. What it is given outlives it; `environment` is where the OTEL_
    /// variables are read.
    static Result<std::unique_ptr<Process>> start(const Program& program, const Config& config,
                                                  std::span<const ModuleSpec> chosen,
                                                  const std::map<std::string, std::string>& environment = {}, Probe probe = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// The names of the steps, in the order in which they begin.
    static std::vector<std::string_view> steps();

    /// With the ports that were bound.
    const Listening& listening() const { return ports_.listening(); }
    const telemetry::Logger& log() const { return log_; }

    /// Says that the process is ready: in the log, and in the ready file if there is to be one;
    /// `stop` removes that. For the caller to do once it is prepared for the signals of those who
    /// have waited for that.
    Result<void> announce();

    /// Looks whether the files of certificates have changed, or reads them all again; for new
    /// connections. Blocks on the files.
    void refresh_certificates(bool always) { context_.tls.refresh(always, clock_.now(), log_); }

    /// Tells in the log how many records it has left out (telemetry::Logger::report_left_out).
    /// Thread-safe.
    void report_left_out(bool all = false);

    /// Ends all steps that have begun, within the time that the configuration allows. Blocks.
    /// Idempotent. False when something did not end in time, such as the drain of a module: objects
    /// that it may still refer to are then kept, so leave the process without destructors.
    bool stop();

 private:
    struct Step {
        std::string_view name;
        Result<void> (Process::*begin)();
        void (Process::*end)();
    };
    static std::span<const Step> all_steps();

    Process(const Program& program, const Config& config, ProgramPlan plan, const std::map<std::string, std::string>& environment,
            ConnectionPlan connections, Probe probe);

    void add_modules();
    std::string service_name_of(const Module& module) const;
    void warn_of_telemetry();
    void observe_left_out();
    void tell_of_connections();
    void warn_of_routes();
    LoopModules& modules_of(const EventLoop& loop);
    Result<void> begin_all();
    void serve_unready();

    Result<void> set_levels();
    Result<void> apply_profile();
    Result<void> prepare_tls();
    Result<void> prepare_auth();
    Result<void> bind_ports();
    Result<void> open_stores();
    Result<void> bind_backups();
    Result<void> start_loops();
    Result<void> start_telemetry();
    Result<void> serve_operations();
    Result<void> reach_redis();
    Result<void> prepare_modules();
    Result<void> open_loop_modules();
    Result<void> accept();

    void end_nothing() {}
    void release_ports() { ports_.release(); }
    void close_ports();
    void drain_loop_modules();
    void end_modules();
    void close_operations() { operations_.close(); }
    void end_telemetry();
    void stop_loops() { loops_.stop(); }

    SystemClock clock_;
    const Config& config_;
    ProgramPlan program_plan_;
    Probe probe_;
    telemetry::StreamLogSink sink_;
    telemetry::LogLevels levels_;
    telemetry::Logger log_;
    /// What the exporter says: it must not become a record of its own.
    telemetry::Logger export_log_;
    otlp::Parsed telemetry_;
    /// What modules take of the telemetry.
    otlp::Tap tap_;
    ConnectionPlan connections_;
    LoopGroup loops_;
    WorkerPool workers_;
    HealthRegistry health_;
    SharedCaches caches_{clock_};
    ProcessContext context_;
    MeterRegistry meters_;
    TelemetryExport exports_;
    Operations operations_;
    ProcessStores stores_;
    std::vector<std::unique_ptr<ModuleInstance>> modules_;
    std::vector<std::unique_ptr<LoopModules>> loop_modules_;
    ProcessPorts ports_;
    /// How many steps, and how many modules, have begun and not ended.
    std::size_t begun_ = 0;
    std::size_t prepared_ = 0;
    /// What the ready file says; empty while there is none.
    std::string announced_;
    bool stopped_ = false;
    SteadyTime stop_began_{};
    DrainPlan plan_{};
    /// The first that did not end in time, for the log; empty where all did.
    std::string late_;
    /// Drains that go on, for as long as the process exists.
    std::vector<std::unique_ptr<BlockingTask>> late_tasks_;
};

}  // namespace tw::runtime
