#include "kit/async/run.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <memory>

#include <benchmark/benchmark.h>
#include <google/protobuf/wrappers.pb.h>

/// Measures what a call by the local channel costs more than a direct call of the service, with
/// telemetry off.
namespace tw::rpc {
namespace {

using google::protobuf::BytesValue;

void accept_all(const Message&, std::vector<Violation>&) {}

constexpr Method kEcho{.path = "/bench.EchoService/Echo",
                       .service = "bench.EchoService",
                       .name = "Echo",
                       .shape = Shape::unary,
                       .idempotency = Idempotency::safe,
                       .deadline = std::chrono::seconds{5},
                       .allow = {},
                       .request_prototype = prototype<BytesValue>,
                       .response_prototype = prototype<BytesValue>,
                       .validate = accept_all};

class EchoBase : public Service {
 public:
    std::string_view service_name() const override { return kEcho.service; }
    std::span<const Handler> handlers() const override {
        static constexpr auto kHandler = make_handler<&EchoBase::echo, kEcho>();
        return {&kHandler, 1};
    }
    virtual Task<Result<BytesValue>> echo(const CallContext& ctx, const BytesValue& request) = 0;
};

class Echo final : public EchoBase {
    Task<Result<BytesValue>> echo(const CallContext&, const BytesValue& request) override { co_return request; }
};

class NoLogs final : public telemetry::LogSink {
    void write(std::string_view) override {}
};

struct Loop {
    EventLoop loop;
    SystemClock clock;
    NoLogs nowhere;
    telemetry::Logger log{"bench", clock, nowhere, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    Random random{7};
    /// The tracer is configured as by OTEL_SDK_DISABLED.
    telemetry::Tracer tracer{clock, random, nullptr, telemetry::Sampler::parent_based(telemetry::Sampler::always_off())};
    telemetry::Meter meter;
    telemetry::Telemetry telemetry{tracer, log, meter};
    std::unique_ptr<EchoBase> service = std::make_unique<Echo>();
    ServiceTable table;
    std::unique_ptr<Channel> channel;
    BytesValue request;

    Loop() {
        table.add(*service, telemetry);
        channel = make_local_channel(loop, table, telemetry);
        request.set_value(std::string(98, 'x'));
    }
};

Task<void> call_directly(Loop& on, benchmark::State& state) {
    const RootCall call{on.loop};
    for (auto _ : state) {
        auto answer = co_await on.service->echo(call.context(), on.request);
        benchmark::DoNotOptimize(answer);
    }
}

Task<void> call_through_channel(Loop& on, benchmark::State& state) {
    const RootCall call{on.loop};
    for (auto _ : state) {
        auto answer = co_await call_unary<BytesValue>(*on.channel, call.context(), kEcho, on.request);
        benchmark::DoNotOptimize(answer);
    }
}

void echo_called_directly(benchmark::State& state) {
    Loop on;
    run_until_done(on.loop, call_directly(on, state));
}
BENCHMARK(echo_called_directly);

void echo_through_local_channel(benchmark::State& state) {
    Loop on;
    run_until_done(on.loop, call_through_channel(on, state));
}
BENCHMARK(echo_through_local_channel);

}  // namespace
}  // namespace tw::rpc
