#include "kit/rpc/network/network_transport.hpp"
#include "kit/rpc/placement_fixture.hpp"
#include "kit/testing/fuzz_input.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

// A gRPC channel against a server that answers anything. Every call must end, and so must the
// stream of answers.
namespace tw::rpc::test {
namespace {

struct Caller {
    EventLoop loop;
    tw::test::QuietTelemetry telemetry;
    std::unique_ptr<net::Stream> peer;
    /// There are no retries, because waiting for them would take most of the time.
    ChannelOptions options{.message_bytes_max = 4096, .retry = {.attempts_max = 1}};
    std::unique_ptr<CallerChannel> channel = std::make_unique<CallerChannel>(
        loop,
        std::make_unique<NetworkTransport>(loop, "peer:1", options, [this](const CallContext& ctx) { return connect(ctx); }),
        telemetry.get(), std::span<Interceptor* const>{});
    std::string answers;
    int calls_over = 0;

    /// There is one connection. A second attempt to connect is refused.
    Task<Result<std::unique_ptr<net::Stream>>> connect(const CallContext&) {
        if (std::exchange(connected_, true)) co_return unavailable("nobody is there");
        auto ends = tw::test::MemoryStream::make_pair(loop);
        spawn(peer_gate, answer(std::move(ends.first)));
        co_return std::unique_ptr<net::Stream>{std::move(ends.second)};
    }
    Task<void> answer(std::unique_ptr<net::Stream> stream) {
        static_cast<void>(co_await stream->write_all(answers));
        stream->shutdown_write();
        std::vector<char> requests(4096);
        while (true) {
            const auto got = co_await stream->read_some(requests);
            if (!got || *got == 0) break;
        }
    }
    Task<void> call_unary_once() {
        RootCall call{loop};
        Text request;
        request.set_value("hello");
        static_cast<void>(co_await call_unary<Text>(*channel, call.context(), kSay, request));
        ++calls_over;
    }
    Task<void> call_streaming_once() {
        RootCall call{loop};
        Text request;
        request.set_value("3");
        auto stream = co_await call_server_streaming<Text>(*channel, call.context(), kCount, request);
        while (stream) {
            auto next = co_await stream->read();
            if (!next || !*next) break;
        }
        ++calls_over;
    }
    Task<void> run() {
        Gate calls;
        spawn(calls, call_unary_once());
        spawn(calls, call_streaming_once());
        co_await close_and_wait(calls);
        channel.reset();
        co_await close_and_wait(peer_gate);
    }

    Gate peer_gate;

 private:
    bool connected_ = false;
};

}  // namespace
}  // namespace tw::rpc::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    tw::test::FuzzInput input{bytes, size};
    tw::rpc::test::Caller caller;
    // Every server begins with a SETTINGS frame. This one is empty.
    caller.answers = std::string("\0\0\0\4\0\0\0\0\0", 9) + frames_of(input);
    run_until_done(caller.loop, caller.run());
    tw::test::require(caller.calls_over == 2, "every call ends");
    return 0;
}
