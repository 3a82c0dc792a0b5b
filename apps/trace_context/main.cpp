#include "apps/trace_context/test_service.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/http/server.hpp"
#include "kit/net/listener.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/runtime/blocking_task.hpp"
#include "kit/runtime/signals.hpp"
#include "kit/telemetry/baggage.hpp"
#include "kit/telemetry/stream_log_sink.hpp"

#include <exception>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::trace_context {
namespace {

constexpr int kUnavailable = 69;  // sysexits.h
constexpr int kBug = 70;
constexpr std::chrono::seconds kDrainTimeMax{5};

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

Task<Result<void>> drain(http::Server& server, EventLoop& loop) {
    co_await server.drain(Deadline::after(loop.now(), kDrainTimeMax));
    co_return Result<void>{};
}

/// Serves until a signal comes.
int serve(const net::Address& address) {
    runtime::Signals::hold();
    const auto parsed = otlp::parse(environment());
    const auto& settings = parsed.settings;
    const SystemClock clock;
    telemetry::StreamLogSink sink{STDOUT_FILENO, clock, {}};
    const auto level = std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info);
    const auto name = settings.service_name.empty() ? "tw-trace-context" : settings.service_name;
    const telemetry::Logger log{name, clock, sink, level};
    for (const auto& warning : parsed.warnings) log.log(telemetry::Severity::warn, "otel.setting", {}, warning);

    LoopGroup loops{1};
    auto& loop = loops.at(0);
    auto listener = net::Listener::bind(address);
    if (!listener) {
        fmt::print(stderr, "tw-trace-context: {}\n", listener.error().detail());
        return kUnavailable;
    }
    Random random;
    const telemetry::Tracer tracer{clock, random, nullptr, settings.sampler};
    telemetry::Meter meter;
    const telemetry::Telemetry telemetry{tracer, log, meter, telemetry::Propagators{settings.propagators}};
    // This test service trusts all its clients.
    const http::ServerLimits limits{.baggage_bytes_max = telemetry::Baggage::kBytesMax};
    const auto handler = [telemetry](const CallContext& ctx, const http::Request& request) {
        return answer(telemetry, ctx, request);
    };
    const auto server = http::make_server(loop, limits, telemetry, handler);
    (*listener)->start(loops, [&server](EventLoop&, net::Socket socket) { server->serve(std::move(socket)); });
    loops.start();
    const auto& bound = (*listener)->local();
    log.log(telemetry::Severity::info, "trace_context.ready",
            {{"server.address", bound.host}, {"server.port", static_cast<int>(bound.port)}}, "ready on " + bound.to_string());

    while (!runtime::Signals::wait_for(std::chrono::hours{1})) {
    }
    (*listener)->close();
    runtime::BlockingTask draining{loop, [&] { return drain(*server, loop); }};
    draining.wait().value();
    loops.stop();
    return 0;
}

int execute(int argc, char** argv) {
    CLI::App app{
        "The test service that the W3C validation harness for trace context asks for: POST /test takes a JSON array of\n"
        "{\"url\", \"arguments\"} and POSTs each element's arguments to its URL, in order, within the caller's trace.\n"
        "Propagators and sampler are those of OTEL_PROPAGATORS and OTEL_TRACES_SAMPLER; nothing is exported."};
    net::Address address{"127.0.0.1", 5000};
    app.add_option("--port", address.port, "where to listen; 0 for any free port, which the log then names")
        ->capture_default_str();
    app.add_option("--host", address.host, "the address to listen on")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return serve(address);
}

}  // namespace
}  // namespace tw::trace_context

int main(int argc, char** argv) {
    try {
        return tw::trace_context::execute(argc, argv);
    } catch (const std::exception& bug) {
        fmt::print(stderr, "tw-trace-context: internal error: {}\n", bug.what());
        return tw::trace_context::kBug;
    }
}
