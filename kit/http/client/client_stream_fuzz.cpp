#include "kit/async/run.hpp"
#include "kit/http/client_stream.hpp"
#include "kit/testing/fuzz_input.hpp"
#include "kit/testing/memory_stream.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Fuzzes a reader of streamed answers with a server that answers anything, in pieces of any size.
// Every answer ends, its parts and its rest keep to the limits, and it is the same however it is
// cut into pieces.
namespace tw {
namespace {

constexpr std::size_t kPartBytesMax = 16 * 1024;
constexpr std::size_t kRestBytesMax = 2048;
/// How many turns of the loop it takes until a closed connection and its coroutines are gone. The
/// loop of a process would go on; this one ends.
constexpr int kTurnsToClose = 16;

/// One request. The body is nothing if the answer is refused.
struct Reading {
    Reading(std::string_view all_bytes, std::size_t bytes_at_once) : answer{all_bytes}, piece{bytes_at_once} {
        const http::ClientOptions options{.header_bytes_max = 2048, .body_bytes_max = kRestBytesMax};
        stream = std::make_unique<http::ClientStream>(loop, "peer:80", options, [this](const CallContext&) { return connect(); });
    }

    Task<Result<std::unique_ptr<net::Stream>>> connect() {
        auto ends = test::MemoryStream::make_pair(loop);
        spawn(peer_gate, serve(std::move(ends.first)));
        co_return std::unique_ptr<net::Stream>{std::move(ends.second)};
    }
    Task<void> serve(std::unique_ptr<net::Stream> peer) {
        std::vector<char> request(4096);
        static_cast<void>(co_await peer->read_some(request));
        for (auto left = answer; !left.empty(); left.remove_prefix(std::min(piece, left.size()))) {
            const std::span<const char> bytes{left.substr(0, piece)};
            const auto written = co_await peer->write_all(bytes);
            if (!written) break;
            co_await hop_to(loop);
        }
        peer->shutdown_write();
        while (true) {
            const auto got = co_await peer->read_some(request);
            if (!got || *got == 0) break;
        }
    }
    Task<std::optional<std::string>> parts(const CallContext& ctx) {
        std::string body;
        while (true) {
            auto part = co_await stream->next(ctx);
            if (!part) co_return std::nullopt;
            if (part->empty()) co_return body;
            test::require(part->size() <= kPartBytesMax, "a part keeps to its limit");
            body += *part;
        }
    }
    Task<std::optional<std::string>> rest(const CallContext& ctx) {
        auto body = co_await stream->read_rest(ctx);
        if (!body) co_return std::nullopt;
        test::require(body->size() <= kRestBytesMax, "the rest keeps to its limit");
        co_return *std::move(body);
    }
    Task<std::optional<std::string>> read(bool whole) {
        const RootCall call{loop};
        std::optional<std::string> body;
        http::ClientRequest request;
        const auto head = co_await stream->open(call.context(), std::move(request));
        if (head && whole) body = co_await rest(call.context());
        if (head && !whole) body = co_await parts(call.context());
        stream.reset();
        co_await close_and_wait(peer_gate);
        for (int turn = 0; turn < kTurnsToClose; ++turn) co_await hop_to(loop);
        co_return body;
    }

    EventLoop loop;
    std::string_view answer;
    std::size_t piece;
    Gate peer_gate;
    std::unique_ptr<http::ClientStream> stream;
};

std::optional<std::string> body_of(std::string_view answer, std::size_t piece, bool whole) {
    Reading reading{answer, piece};
    return run_until_done(reading.loop, reading.read(whole));
}

}  // namespace
}  // namespace tw

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    tw::test::FuzzInput input{bytes, size};
    const bool whole = input.byte() % 2 == 1;
    const std::size_t piece = 1 + input.byte();
    const auto answer = input.rest();
    const auto at_once = tw::body_of(answer, std::max<std::size_t>(1, answer.size()), whole);
    tw::test::require(tw::body_of(answer, piece, whole) == at_once, "an answer is the same however it is cut");
    return 0;
}
