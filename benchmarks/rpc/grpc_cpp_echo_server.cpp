// The echo service on gRPC C++, by its asynchronous API: one completion queue, one thread. Prints its port when it listens,
// and the CPU time that it has used when it is told (benchmarks/measured.hpp).

#include "benchmarks/measured.hpp"
#include "benchmarks/rpc/grpc_cpp_call.hpp"

#include <cstdio>
#include <string>
#include <thread>

namespace {

using tw::bench::GrpcCall;
using Service = bench::EchoService::AsyncService;

/// Calls that are waited for; as many again may come while they are served.
constexpr int kUnaryWaiting = 128;
constexpr int kStreamsWaiting = 16;

class UnaryCall final : public GrpcCall {
 public:
    UnaryCall(Service& service, grpc::ServerCompletionQueue& queue) : service_{service}, queue_{queue} {
        service_.RequestEcho(&context_, &request_, &responder_, &queue_, &queue_, this);
    }

    void on_event(bool ok) override {
        if (answered_ || !ok) return delete this;
        new UnaryCall{service_, queue_};
        answered_ = true;
        responder_.Finish(request_, grpc::Status::OK, this);
    }

 private:
    Service& service_;
    grpc::ServerCompletionQueue& queue_;
    grpc::ServerContext context_;
    bench::Payload request_;
    grpc::ServerAsyncResponseWriter<bench::Payload> responder_{&context_};
    bool answered_ = false;
};

class StreamCall final : public GrpcCall {
 public:
    StreamCall(Service& service, grpc::ServerCompletionQueue& queue) : service_{service}, queue_{queue} {
        service_.RequestPour(&context_, &request_, &writer_, &queue_, &queue_, this);
    }

    void on_event(bool ok) override {
        if (finished_ || !ok) return delete this;
        if (!started_) {
            started_ = true;
            new StreamCall{service_, queue_};
            message_.set_body(std::string(request_.body_bytes(), 'x'));
        }
        // Without the hint that more follows, which lets streams stand still for good when their windows are full.
        if (written_++ < request_.messages()) return writer_.Write(message_, this);
        finished_ = true;
        writer_.Finish(grpc::Status::OK, this);
    }

 private:
    Service& service_;
    grpc::ServerCompletionQueue& queue_;
    grpc::ServerContext context_;
    bench::PourRequest request_;
    bench::Payload message_;
    grpc::ServerAsyncWriter<bench::Payload> writer_{&context_};
    std::uint32_t written_ = 0;
    bool started_ = false;
    bool finished_ = false;
};

}  // namespace

int main() {
    tw::bench::block_signals();
    Service service;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const auto queue = builder.AddCompletionQueue();
    const auto server = builder.BuildAndStart();
    if (server == nullptr || port == 0) return 69;
    for (int i = 0; i < kUnaryWaiting; ++i) new UnaryCall{service, *queue};
    for (int i = 0; i < kStreamsWaiting; ++i) new StreamCall{service, *queue};
    std::jthread loop{[&queue] { tw::bench::run_events(*queue); }};
    std::printf("%d\n", port);
    std::fflush(stdout);

    tw::bench::serve_until_told([] { std::printf("%.6f\n", tw::bench::cpu_seconds()); });
    server->Shutdown(std::chrono::system_clock::now());
    queue->Shutdown();
    return 0;
}
