#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/http/client.hpp"
#include "kit/testing/fuzz_input.hpp"
#include "kit/testing/memory_stream.hpp"

#include <utility>
#include <vector>

// Fuzzes an HTTP client with a server that answers anything, by HTTP/1.1 or by HTTP/2. Every
// request ends, and no answer exceeds the limits.
namespace tw {
namespace {

constexpr std::size_t kBodyBytesMax = 2048;
/// How many turns of the loop it takes until a closed connection and its coroutines are gone. The
/// loop of a process would go on; this one ends.
constexpr int kTurnsToClose = 16;

struct Asker {
    Asker(bool http2, std::string all_answers) : answers{std::move(all_answers)} {
        const http::ClientOptions options{.header_bytes_max = 2048,
                                          .body_bytes_max = kBodyBytesMax,
                                          .connections_max = 1,
                                          .http2_prior_knowledge = http2,
                                          .accept_gzip = true};
        client = std::make_unique<http::Client>(loop, "peer:80", options, [this](const CallContext&) { return connect(); });
    }

    /// Returns the only connection. A second attempt is refused.
    Task<Result<std::unique_ptr<net::Stream>>> connect() {
        if (std::exchange(connected, true)) co_return unavailable("nobody is there");
        auto ends = test::MemoryStream::make_pair(loop);
        spawn(peer_gate, answer(std::move(ends.first)));
        co_return std::unique_ptr<net::Stream>{std::move(ends.second)};
    }
    Task<void> answer(std::unique_ptr<net::Stream> stream) {
        std::vector<char> requests(4096);
        // The server waits for a request first. Bytes without a request would end an idle
        // connection, which is another case.
        static_cast<void>(co_await stream->read_some(requests));
        static_cast<void>(co_await stream->write_all(answers));
        stream->shutdown_write();
        while (true) {
            const auto got = co_await stream->read_some(requests);
            if (!got || *got == 0) break;
        }
    }
    Task<bool> ask(http::ClientRequest request) {
        const RootCall call{loop};
        const auto response = co_await client->send(call.context(), std::move(request));
        co_return !response || response->body.size() <= kBodyBytesMax;
    }
    Task<bool> run() {
        http::ClientRequest get;
        http::ClientRequest post{.method = "POST", .body = "body"};
        const auto outcomes = co_await both(ask(std::move(get)), ask(std::move(post)));
        client.reset();
        co_await close_and_wait(peer_gate);
        for (int turn = 0; turn < kTurnsToClose; ++turn) co_await hop_to(loop);
        const bool sound = outcomes.first && outcomes.second;
        co_return sound;
    }

    EventLoop loop;
    std::string answers;
    bool connected = false;
    Gate peer_gate;
    std::unique_ptr<http::Client> client;
};

}  // namespace
}  // namespace tw

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    tw::test::FuzzInput input{bytes, size};
    const bool http2 = input.byte() % 2 == 1;
    // Every server begins with an empty SETTINGS frame.
    auto answers = http2 ? std::string("\0\0\0\4\0\0\0\0\0", 9) + frames_of(input) : std::string{input.rest()};
    tw::Asker asker{http2, std::move(answers)};
    tw::test::require(run_until_done(asker.loop, asker.run()), "an answer keeps to the limits");
    return 0;
}
