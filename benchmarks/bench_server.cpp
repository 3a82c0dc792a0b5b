#include "benchmarks/bench_server.hpp"

#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/rpc/server.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>

namespace tw::bench {
namespace {

class NoLogs final : public telemetry::LogSink {
    void write(std::string_view) override {}
};

/// What receivers in use grant (grpc-go widens its windows to what a round trip carries): a batch goes out at once.
constexpr rpc::ServerLimits kWideWindows{.stream_window_bytes = 4 * 1024 * 1024, .connection_window_bytes = 16 * 1024 * 1024};

}  // namespace

int serve(std::span<rpc::Service* const> services, const std::function<void()>& report) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const SystemClock clock;
    NoLogs nowhere;
    const telemetry::Logger log{"bench", clock, nowhere,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    Random random;
    const telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;

    LoopGroup loops{1};
    rpc::ServiceTable table;
    for (auto* const service : services) table.add(*service, {tracer, log, meter});
    const auto server = rpc::make_server(loops.at(0), table, kWideWindows);
    auto listener = net::Listener::bind({"127.0.0.1", 0});
    if (!listener) {
        std::fprintf(stderr, "%s\n", listener.error().detail().c_str());
        return 69;
    }
    (*listener)->start(loops, [&server](EventLoop&, net::Socket socket) { server->serve(std::move(socket)); });
    loops.start();
    std::printf("%u\n", static_cast<unsigned>((*listener)->local().port));
    std::fflush(stdout);

    int signal = SIGUSR1;
    while (signal == SIGUSR1) {
        sigwait(&signals, &signal);
        report();
        std::fflush(stdout);
    }
    (*listener)->close();
    loops.stop();
    return 0;
}

}  // namespace tw::bench
