// Calls the echo service over gRPC C++, by its asynchronous API: one channel, one completion queue, one thread. Takes orders
// (benchmarks/measured.hpp).
//
//   grpc_cpp_load unary PORT   calls in flight, and calls in all, of 100 bytes
//   grpc_cpp_load stream PORT  streams at a time, and messages in all, of 1 KiB

#include "benchmarks/measured.hpp"
#include "benchmarks/rpc/grpc_cpp_call.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

using tw::bench::GrpcCall;

/// As large as a message of 100 bytes makes it.
constexpr std::size_t kUnaryBodyBytes = 98;
constexpr std::uint32_t kStreamBodyBytes = 1024;
/// The methods' own deadlines, which Tradewind's clients take from the contract.
constexpr std::chrono::seconds kUnaryDeadline{5};
constexpr std::chrono::seconds kStreamDeadline{600};

/// One round: what its calls share.
struct Round {
    bench::EchoService::Stub& stub;
    grpc::CompletionQueue& queue;
    bench::Payload payload;
    /// Calls to be started, or streams to be ended.
    std::uint32_t left = 0;
    std::uint32_t running = 0;
    bool fine = true;
};

class UnaryCall final : public GrpcCall {
 public:
    explicit UnaryCall(Round& round) : round_{round} {
        --round_.left;
        ++round_.running;
        context_.set_deadline(std::chrono::system_clock::now() + kUnaryDeadline);
        reader_ = round_.stub.AsyncEcho(&context_, round_.payload, &round_.queue);
        reader_->Finish(&answer_, &status_, this);
    }

    void on_event(bool ok) override {
        if (!ok || !status_.ok() || answer_.body() != round_.payload.body()) round_.fine = false;
        --round_.running;
        if (round_.left > 0 && round_.fine) new UnaryCall{round_};
        delete this;
    }

 private:
    Round& round_;
    grpc::ClientContext context_;
    bench::Payload answer_;
    grpc::Status status_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<bench::Payload>> reader_;
};

class StreamCall final : public GrpcCall {
 public:
    StreamCall(Round& round, std::uint32_t messages) : round_{round}, messages_{messages} {
        ++round_.running;
        context_.set_deadline(std::chrono::system_clock::now() + kStreamDeadline);
        bench::PourRequest request;
        request.set_messages(messages);
        request.set_body_bytes(kStreamBodyBytes);
        reader_ = round_.stub.AsyncPour(&context_, request, &round_.queue, this);
    }

    void on_event(bool ok) override {
        if (finishing_) return end();
        if (started_ && ok && message_.body().size() == kStreamBodyBytes) ++read_;
        started_ = true;
        if (ok) return reader_->Read(&message_, this);
        finishing_ = true;
        reader_->Finish(&status_, this);
    }

 private:
    void end() {
        if (!status_.ok() || read_ != messages_) round_.fine = false;
        --round_.running;
        delete this;
    }

    Round& round_;
    std::uint32_t messages_;
    std::uint32_t read_ = 0;
    bool started_ = false;
    bool finishing_ = false;
    grpc::ClientContext context_;
    bench::Payload message_;
    grpc::Status status_;
    std::unique_ptr<grpc::ClientAsyncReader<bench::Payload>> reader_;
};

bool run(Round& round, bool streams, tw::bench::Order order) {
    round.left = order.calls;
    for (std::uint32_t i = 0; i < order.in_flight; ++i) {
        if (streams) {
            new StreamCall{round, order.calls / order.in_flight};
        } else if (round.left > 0) {
            new UnaryCall{round};
        }
    }
    void* tag = nullptr;
    for (bool ok = false; round.running > 0 && round.queue.Next(&tag, &ok);) static_cast<GrpcCall*>(tag)->on_event(ok);
    return round.fine;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: grpc_cpp_load unary|stream PORT\n");
        return 64;
    }
    const auto channel = grpc::CreateChannel(std::string{"127.0.0.1:"} + argv[2], grpc::InsecureChannelCredentials());
    const auto stub = bench::EchoService::NewStub(channel);
    grpc::CompletionQueue queue;
    Round round{.stub = *stub, .queue = queue};
    round.payload.set_body(std::string(kUnaryBodyBytes, 'x'));
    const bool streams = std::string_view{argv[1]} == "stream";
    const int code = tw::bench::take_orders([&](tw::bench::Order order) { return run(round, streams, order); });
    queue.Shutdown();
    return code;
}
