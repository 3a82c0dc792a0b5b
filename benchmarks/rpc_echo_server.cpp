// The server of benchmarks/rpc.sh: unary echo on one loop. Prints its port when it listens, and on SIGTERM the CPU time that
// it has used.

#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/server.hpp"
#include "kit/telemetry/log.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <sys/resource.h>

#include <google/protobuf/wrappers.pb.h>

namespace {

using google::protobuf::BytesValue;

const tw::rpc::Message& prototype() { return BytesValue::default_instance(); }
void accept_all(const tw::rpc::Message&, std::vector<tw::Violation>&) {}

const tw::rpc::Method kEcho{.path = "/bench.EchoService/Echo",
                            .service = "bench.EchoService",
                            .name = "Echo",
                            .shape = tw::rpc::Shape::unary,
                            .idempotency = tw::rpc::Idempotency::safe,
                            .deadline = std::chrono::seconds{5},
                            .allow = {},
                            .request_prototype = prototype,
                            .response_prototype = prototype,
                            .validate = accept_all};

class EchoService final : public tw::rpc::Service {
 public:
    std::string_view service_name() const override { return "bench.EchoService"; }
    std::span<const tw::rpc::Handler> handlers() const override {
        using Echo = EchoService;
        static const std::array<tw::rpc::Handler, 1> kHandlers{
            {{&kEcho, tw::rpc::serve_unary_bytes<Echo, BytesValue, BytesValue, &Echo::echo, kEcho>,
              tw::rpc::serve_unary<Echo, BytesValue, BytesValue, &Echo::echo, kEcho>, nullptr}}};
        return kHandlers;
    }

 private:
    tw::Task<tw::Result<BytesValue>> echo(const tw::CallContext&, const BytesValue& request) { co_return request; }
};

class NoLogs final : public tw::telemetry::LogSink {
    void write(std::string_view) override {}
};

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const tw::SystemClock clock;
    NoLogs sink;
    const tw::telemetry::Logger log{"echo", clock, sink,
                                    std::make_shared<std::atomic<tw::telemetry::Severity>>(tw::telemetry::Severity::info)};
    tw::Random random;
    const tw::telemetry::Tracer tracer{clock, random};
    tw::telemetry::Meter meter;

    tw::LoopGroup loops{1};
    EchoService service;
    tw::rpc::ServiceTable table;
    table.add(service, {tracer, log, meter});
    const auto server = tw::rpc::make_server(loops.at(0), table, {});
    auto listener = tw::net::Listener::bind({"127.0.0.1", 0});
    if (!listener) {
        std::fprintf(stderr, "%s\n", listener.error().detail().c_str());
        return 69;
    }
    (*listener)->start(loops, [&server](tw::EventLoop&, tw::net::Socket socket) { server->serve(std::move(socket)); });
    loops.start();
    std::printf("%u\n", static_cast<unsigned>((*listener)->local().port));
    std::fflush(stdout);

    // SIGUSR1 asks for the CPU time so far, so that a run can be measured without its warm-up.
    int signal = SIGUSR1;
    while (signal == SIGUSR1) {
        sigwait(&signals, &signal);
        std::printf("%.6f\n", cpu_seconds());
        std::fflush(stdout);
    }
    (*listener)->close();
    loops.stop();
}
