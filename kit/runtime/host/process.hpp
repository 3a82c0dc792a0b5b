#pragma once

#include "kit/net/listener.hpp"
#include "kit/runtime/backup_control.hpp"
#include "kit/runtime/data_folder.hpp"
#include "kit/runtime/database_settings.hpp"
#include "kit/runtime/export/telemetry_export.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/loop_modules.hpp"
#include "kit/runtime/ops/ops.hpp"
#include "kit/runtime/program.hpp"
#include "kit/telemetry/log_levels.hpp"
#include "kit/telemetry/stream_log_sink.hpp"

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tw::runtime {

/// A running set of modules: loops, databases, servers, and the order in which they come and go. Made, and ended, by the
/// main thread.
class Process {
 public:
    /// Runs `chosen` of the program's modules, in their order. Returns when it serves. Errors: BAD_CONFIG for what
    /// only shows when it is used, ADDRESS_IN_USE with a hint, DATA_FOLDER_IN_USE, and whatever a module's prepare says;
    /// then everything that was started has been ended. What it is given outlives it; `environment` is where the OTEL_ variables
    /// are read.
    static Result<std::unique_ptr<Process>> start(const Program& program, const Config& config,
                                                  std::span<const ModuleSpec> chosen,
                                                  const std::map<std::string, std::string>& environment = {});
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// With the ports that were bound.
    const Listening& listening() const { return listening_; }
    const telemetry::Logger& log() const { return log_; }

    /// Says that the process is ready: in the log, and in the ready file if there is to be one; `stop` removes that. For the
    /// caller to do once it is prepared for the signals of those who have waited for that.
    Result<void> announce();

    /// Looks whether the files of certificates have changed, or reads them all again; for new connections. Blocks on the files.
    void refresh_certificates(bool always) { context_.tls.refresh(always, clock_.now(), log_); }

    /// Tells in the log how many records it has left out (telemetry::Logger::report_left_out). Thread-safe.
    void report_left_out(bool all = false);

    /// Drains and ends everything, within the time that the configuration allows. Blocks. Idempotent. False when something
    /// did not end in time: objects that it may still refer to are then kept, so leave the process without destructors.
    bool stop();

 private:
    /// Beside an SQLite file, for who may read that.
    struct ControlPort {
        ControlPlace place;
        std::unique_ptr<net::Listener> listener;
        std::unique_ptr<http::Server> server;
    };
    struct Port {
        std::unique_ptr<net::Listener> listener;
        std::string module;
    };

    Process(const Program& program, const Config& config, std::span<const ModuleSpec> chosen,
            const std::map<std::string, std::string>& environment, ConnectionPlan connections);

    void add_modules();
    std::string service_name_of(const Module& module) const;
    void warn_of_telemetry();
    void observe_left_out();
    Result<void> bring_up();
    Result<void> set_levels();
    Result<void> prepare_tls();
    Result<void> bind_ports();
    Result<std::unique_ptr<net::Listener>> bind(const net::Address& address, std::string_view key);
    Result<void> open_stores();
    void open_control_ports();
    void tell_of_connections();
    Result<void> reach_redis();
    void bind_scrapes();
    void serve_operations();
    void serve_on_first_loop(net::Listener& listener, std::unique_ptr<http::Server>& server, http::Handler handler,
                             const http::ServerLimits& limits);
    Result<void> prepare_modules();
    Result<void> open_rooms();
    void accept();

    void settle();
    void drain_rooms(Deadline deadline);
    void drain_modules(Deadline deadline);
    void close_rooms();
    void close_operations();
    void close(std::unique_ptr<http::Server>& server);
    LoopModules& modules_of(const EventLoop& loop);

    SystemClock clock_;
    const Config& config_;
    std::vector<ModuleSpec> chosen_;
    std::vector<FolderLock> locks_;
    telemetry::StreamLogSink sink_;
    telemetry::LogLevels levels_;
    telemetry::Logger log_;
    /// What the exporter says: it must not become a record of its own.
    telemetry::Logger export_log_;
    otlp::Parsed telemetry_;
    Listening listening_;
    ConnectionPlan connections_;
    LoopGroup loops_;
    WorkerPool workers_;
    HealthRegistry health_;
    SharedCaches caches_{clock_};
    ProcessContext context_;
    MeterRegistry meters_;
    TelemetryExport exports_;
    MetricsPage metrics_page_;
    Ops ops_;
    Random ops_random_;
    telemetry::Tracer ops_tracer_;
    /// Read by nobody: what operators ask is no part of what the product serves.
    telemetry::Meter ops_meter_;
    std::map<std::string, std::unique_ptr<sql::Store>> stores_;
    BackupControl backups_;
    std::vector<std::unique_ptr<ModuleInstance>> modules_;
    std::size_t prepared_ = 0;
    std::vector<std::unique_ptr<LoopModules>> loop_modules_;
    std::unique_ptr<http::Server> ops_server_;
    std::unique_ptr<http::Server> scrape_server_;
    std::unique_ptr<net::Listener> http_listener_;
    std::unique_ptr<net::Listener> ops_listener_;
    /// For /metrics alone, where OTEL_EXPORTER_PROMETHEUS_HOST or _PORT asked for that.
    std::unique_ptr<net::Listener> scrape_listener_;
    std::vector<Port> grpc_listeners_;
    /// Servers refer to their place here, so it stays.
    std::deque<ControlPort> control_ports_;
    /// What the ready file says; empty while there is none.
    std::string announced_;
    bool stopped_ = false;
};

}  // namespace tw::runtime
