#include "benchmarks/bench_server.hpp"

#include "benchmarks/measured.hpp"
#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/tls_acceptor.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <cstdio>

namespace tw::bench {
namespace {

class NoLogs final : public telemetry::LogSink {
    void write(std::string_view) override {}
};

/// What receivers in use grant (grpc-go widens its windows to what a round trip carries): a batch goes out at once.
constexpr rpc::ServerLimits kWideWindows{.stream_window_bytes = 4 * 1024 * 1024, .connection_window_bytes = 16 * 1024 * 1024};

}  // namespace

int serve(std::span<rpc::Service* const> services, const std::function<void()>& report, std::shared_ptr<net::TlsContext> tls) {
    block_signals();
    const SystemClock clock;
    NoLogs nowhere;
    const telemetry::Logger log{"bench", clock, nowhere,
                                std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    Random random;
    // As OTEL_SDK_DISABLED leaves it.
    const telemetry::Tracer tracer{clock, random, nullptr, telemetry::Sampler::parent_based(telemetry::Sampler::always_off())};
    telemetry::Meter meter;

    LoopGroup loops{1};
    rpc::ServiceTable table;
    for (auto* const service : services) table.add(*service, {tracer, log, meter});
    const auto server = rpc::make_server(loops.at(0), table, kWideWindows);
    net::TlsAcceptor acceptor{loops.at(0), tls, {.port = "bench"}, {tracer, log, meter}};
    auto listener = net::Listener::bind({"127.0.0.1", 0});
    if (!listener) {
        std::fprintf(stderr, "%s\n", listener.error().detail().c_str());
        return 69;
    }
    (*listener)->start(loops, [&](EventLoop& loop, net::Socket socket) {
        if (tls == nullptr) return server->serve(std::move(socket));
        acceptor.accept(net::make_tcp_stream(loop, std::move(socket)),
                        [&server](std::unique_ptr<net::Stream> stream) { server->serve_stream(std::move(stream)); });
    });
    loops.start();
    std::printf("%u\n", static_cast<unsigned>((*listener)->local().port));
    std::fflush(stdout);

    serve_until_told(report);
    (*listener)->close();
    loops.stop();
    return 0;
}

}  // namespace tw::bench
