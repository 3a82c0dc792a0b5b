#include "kit/runtime/host/operations.hpp"

#include "kit/http/plain_refusal.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/ops/ops_access.hpp"

#include <chrono>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// How long those who watch the end of a process may take for what they asked.
constexpr std::chrono::milliseconds kOpsTimeMax{500};
/// How long a backup may take.
constexpr std::chrono::hours kCopyTimeMax{24};

Task<Result<void>> close_acceptor(net::TlsAcceptor& acceptor) {
    co_await acceptor.close();
    co_return Result<void>{};
}

Task<Result<void>> drain_server(http::Server& server, Deadline deadline) {
    co_await server.drain(deadline);
    co_return Result<void>{};
}

}  // namespace

Operations::Operations(const ProcessContext& context, telemetry::LogLevels& levels, const MeterRegistry& meters,
                       const TelemetryExport& exports, const telemetry::Logger& log)
    : context_{context},
      log_{log},
      tracer_{context.clock, random_},
      metrics_page_{meters, context.workers},
      ops_{context, levels, meters, metrics_page_, exports},
      backups_{context.workers} {}

std::optional<std::string> Operations::bind_scrapes(const otlp::Settings& settings, const net::Address& ops) {
    const net::Address address{settings.prometheus_host, settings.prometheus_port};
    // The usual address of a scrape is that of the operations, where the metrics are anyway.
    const bool served = address == ops || (address.host == "localhost" && address.port == ops.port);
    if (!settings.prometheus_listens || served) return std::nullopt;
    auto bound = net::Listener::bind(address);
    if (!bound) {
        return fmt::format("OTEL_EXPORTER_PROMETHEUS_PORT: {}; metrics are on the operations port only", bound.error().detail());
    }
    scrapes_ = std::move(*bound);
    return std::nullopt;
}

void Operations::bind_backups(const ProcessStores& stores) {
    for (const auto& [file, store] : stores.files()) {
        backups_.add({std::filesystem::path{file}.filename(), store});
        auto place = ControlPlace::beside(file);
        auto listener = place ? net::Listener::bind(place->address()) : Result<std::unique_ptr<net::Listener>>{place.error()};
        if (listener) {
            control_ports_.push_back({std::move(*place), std::move(*listener), nullptr});
            continue;
        }
        // Some file systems have no sockets.
        log_.log(telemetry::Severity::warn, "backup.control_unavailable",
                 {{"file.path", file}, {"cause", listener.error().detail()}},
                 context_.config.program().text() + " backup cannot reach this process; stop the process before a backup");
    }
}

void Operations::serve(net::Listener& port) {
    port_ = &port;
    serve_port();
    const auto limits = http_limits(context_.config);
    if (scrapes_) serve_on_first_loop(*scrapes_, scrape_server_, ops_.scrape_handler(), limits);
    auto for_copies = limits;
    for_copies.request_time_max = kCopyTimeMax;
    for (auto& control : control_ports_) {
        serve_on_first_loop(*control.listener, control.server, backups_.handler(), for_copies);
    }
}

/// Serves the operations port, by TLS if it has a certificate.
void Operations::serve_port() {
    auto& first = context_.loops.at(0);
    run_on(first, [&]() -> Result<void> {
        auto handler = with_access(std::make_shared<OpsAccess>(context_.config), ops_.handler());
        server_ = http::make_server(first, http_limits(context_.config), telemetry(), std::move(handler), false, {},
                                    {.hosts = ops_host_rule(context_.config, port_->local())});
        if (const auto& tls = context_.tls.ops()) {
            net::TlsAcceptorOptions options{.port = "ops", .answer_in_clear = http::plain_http_refusal};
            tls_ = std::make_unique<net::TlsAcceptor>(first, tls, std::move(options), telemetry());
        }
        return {};
    }).value();
    port_->start(context_.loops, [this, &first](EventLoop&, net::Socket socket) {
        first.post([this, &first, socket = std::move(socket)]() mutable {
            if (!server_) return;
            if (!tls_) return server_->serve(std::move(socket));
            tls_->accept(net::make_tcp_stream(first, std::move(socket)),
                         [this](std::unique_ptr<net::Stream> stream) { server_->serve_stream(std::move(stream)); });
        });
    });
}

void Operations::serve_on_first_loop(net::Listener& listener, std::unique_ptr<http::Server>& server, http::Handler handler,
                                     const http::ServerLimits& limits) {
    auto& first = context_.loops.at(0);
    run_on(first, [&]() -> Result<void> {
        server = http::make_server(first, limits, telemetry(), std::move(handler), false, {},
                                   {.hosts = host_rule(context_.config, listener.local())});
        return {};
    }).value();
    listener.start(context_.loops, [&server, &first](EventLoop&, net::Socket socket) {
        first.post([&server, socket = std::move(socket)]() mutable {
            if (server) server->serve(std::move(socket));
        });
    });
}

void Operations::close() {
    if (port_ != nullptr) port_->close();
    if (scrapes_) scrapes_->close();
    close_handshakes();
    close_server(server_);
    close_server(scrape_server_);
    backups_.abandon();
    for (auto& control : control_ports_) {
        control.listener->close();
        close_server(control.server);
        // The lock beside the socket is the listener's. The database's own lock keeps others from
        // the path.
        ::unlink((control.place.address().host + ".lock").c_str());
    }
}

void Operations::close_handshakes() {
    if (!tls_) return;
    auto& first = context_.loops.at(0);
    BlockingTask task{first, [&] { return close_acceptor(*tls_); }};
    task.wait().value();
    run_on(first, [&]() -> Result<void> {
        tls_.reset();
        return {};
    }).value();
}

void Operations::close_server(std::unique_ptr<http::Server>& server) {
    if (!server) return;
    auto& first = context_.loops.at(0);
    // Whoever watches may have asked for something that takes a moment, such as the metrics.
    const auto deadline = Deadline::after(context_.clock.steady_now(), kOpsTimeMax);
    BlockingTask task{first, [&] { return drain_server(*server, deadline); }};
    task.wait().value();
    run_on(first, [&]() -> Result<void> {
        server.reset();
        return {};
    }).value();
}

}  // namespace tw::runtime
