#pragma once

#include "kit/base/random.hpp"
#include "kit/http/server.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/runtime/backup_control.hpp"
#include "kit/runtime/export/telemetry_export.hpp"
#include "kit/runtime/host/process_stores.hpp"
#include "kit/runtime/ops/metrics_page.hpp"
#include "kit/runtime/ops/ops.hpp"
#include "kit/telemetry/log_levels.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace tw::runtime {

/// What a process serves to its operators, on its first loop: the operations port, a port for
/// scrapes alone where one was asked for, and a socket for backups beside each SQLite file. Used by
/// the main thread. What it is given outlives it.
class Operations {
 public:
    Operations(const ProcessContext& context, telemetry::LogLevels& levels, const MeterRegistry& meters,
               const TelemetryExport& exports, const telemetry::Logger& log);

    /// Binds the port for scrapes (OTEL_EXPORTER_PROMETHEUS_HOST and _PORT), unless that is the
    /// operations port, which is at `ops`. A warning where it cannot be bound: the metrics are on
    /// the operations port in any case.
    std::optional<std::string> bind_scrapes(const otlp::Settings& settings, const net::Address& ops);
    /// Binds a socket beside each SQLite file. A warning in the log where it cannot be bound: the
    /// process serves all the same.
    void bind_backups(const ProcessStores& stores);

    /// Serves all of that, and `port`. The loops run.
    void serve(net::Listener& port);
    /// Ends what is served, and a copy that is under way. The loops run.
    void close();

    /// For what the process itself does; nobody reads these metrics, since what operators ask is no
    /// part of what is served.
    telemetry::Telemetry telemetry() { return {tracer_, log_, meter_}; }

 private:
    /// Beside an SQLite file, for those who may read it.
    struct ControlPort {
        ControlPlace place;
        std::unique_ptr<net::Listener> listener;
        std::unique_ptr<http::Server> server;
    };

    void serve_port();
    void serve_on_first_loop(net::Listener& listener, std::unique_ptr<http::Server>& server, http::Handler handler,
                             const http::ServerLimits& limits);
    void close_server(std::unique_ptr<http::Server>& server);
    void close_handshakes();

    const ProcessContext& context_;
    const telemetry::Logger& log_;
    Random random_;
    telemetry::Tracer tracer_;
    telemetry::Meter meter_;
    MetricsPage metrics_page_;
    Ops ops_;
    BackupControl backups_;
    net::Listener* port_ = nullptr;
    std::unique_ptr<http::Server> server_;
    /// The handshakes of `port_`; null where it is served in the clear.
    std::unique_ptr<net::TlsAcceptor> tls_;
    std::unique_ptr<net::Listener> scrapes_;
    std::unique_ptr<http::Server> scrape_server_;
    /// Servers refer to their place here, so it stays.
    std::deque<ControlPort> control_ports_;
};

}  // namespace tw::runtime
