// Calls the echo service over Tradewind's channel: one connection, one loop. Takes orders (benchmarks/measured.hpp).
//
//   rpc_load unary PORT   calls in flight, and calls in all, of 100 bytes
//   rpc_load stream PORT  streams at a time, and messages in all, of 1 KiB

#include "benchmarks/measured.hpp"
#include "benchmarks/rpc/echo.tw.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/run.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace {

using namespace std::chrono_literals;

/// As large as a message of 100 bytes makes it.
constexpr std::size_t kUnaryBodyBytes = 98;
constexpr std::uint32_t kStreamBodyBytes = 1024;

class NoLogs final : public tw::telemetry::LogSink {
    void write(std::string_view) override {}
};

/// A channel without spans and logs, and a round of calls on it.
class Load {
 public:
    explicit Load(std::uint16_t port)
        : channel_{tw::rpc::make_network_channel(loop_, tw::rpc::Target::of({"127.0.0.1", port}), {}, {tracer_, log_, meter_})} {
        payload_.set_body(std::string(kUnaryBodyBytes, 'x'));
    }

    bool run(bool streams, tw::bench::Order order) {
        left_ = order.calls;
        fine_ = true;
        tw::run_until_done(loop_, run_all(streams, order));
        return fine_;
    }

 private:
    tw::Task<void> run_all(bool streams, tw::bench::Order order) {
        tw::Gate gate;
        for (std::uint32_t i = 0; i < order.in_flight; ++i) {
            tw::spawn(gate, streams ? read_stream(order.calls / order.in_flight) : call_in_turn());
        }
        co_await tw::close_and_wait(gate);
    }

    tw::Task<void> call_in_turn() {
        while (left_ > 0 && fine_) {
            --left_;
            const tw::RootCall call{loop_};
            const auto answer = co_await client_.echo(call.context(), payload_);
            if (!answer || answer->body() != payload_.body()) fine_ = false;
        }
    }

    tw::Task<void> read_stream(std::uint32_t messages) {
        const tw::RootCall call{loop_};
        bench::PourRequest request;
        request.set_messages(messages);
        request.set_body_bytes(kStreamBodyBytes);
        auto stream = co_await client_.pour(call.context(), request);
        std::uint32_t read = 0;
        while (stream) {
            auto message = co_await stream->read();
            if (!message || !*message || (*message)->body().size() != kStreamBodyBytes) break;
            ++read;
        }
        if (read != messages) fine_ = false;
    }

    tw::EventLoop loop_;
    tw::SystemClock clock_;
    NoLogs nowhere_;
    tw::telemetry::Logger log_{"load", clock_, nowhere_,
                               std::make_shared<std::atomic<tw::telemetry::Severity>>(tw::telemetry::Severity::info)};
    tw::Random random_;
    /// As OTEL_SDK_DISABLED leaves it.
    tw::telemetry::Tracer tracer_{clock_, random_, nullptr,
                                  tw::telemetry::Sampler::parent_based(tw::telemetry::Sampler::always_off())};
    tw::telemetry::Meter meter_;
    std::unique_ptr<tw::rpc::Channel> channel_;
    bench::EchoServiceClient client_{*channel_};
    bench::Payload payload_;
    std::uint32_t left_ = 0;
    bool fine_ = true;
};

}  // namespace

int main(int argc, char** argv) {
    std::uint16_t port = 0;
    if (argc == 3) std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), port);
    if (port == 0) {
        std::fprintf(stderr, "usage: rpc_load unary|stream PORT\n");
        return 64;
    }
    Load load{port};
    const bool streams = std::string_view{argv[1]} == "stream";
    return tw::bench::take_orders([&](tw::bench::Order order) { return load.run(streams, order); });
}
