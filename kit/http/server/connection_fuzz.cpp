#include "kit/async/run.hpp"
#include "kit/http/server.hpp"
#include "kit/testing/fuzz_input.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <vector>

// Fuzzes the HTTP port of a server: HTTP/1.1, and HTTP/2 if the input begins with its preface. The
// client's bytes mean the same, however the network cuts them into pieces.
namespace tw {
namespace {

struct Port {
    EventLoop loop;
    test::QuietTelemetry telemetry;
    std::vector<http::Request> requests;
    std::unique_ptr<http::Server> server = http::make_server(
        loop, {.header_bytes_max = 2048, .uri_bytes_max = 1024, .body_bytes_max = 2048}, telemetry.get(),
        [this](const CallContext&, const http::Request& request) -> Task<http::Response> {
            requests.push_back(request);
            co_return http::Response{.body = request.body};
        },
        false);

    Task<void> talk(std::unique_ptr<net::Stream> client, std::string_view bytes, std::size_t piece) {
        while (!bytes.empty()) {
            if (!co_await client->write_all(bytes.substr(0, piece))) break;
            bytes.remove_prefix(std::min(piece, bytes.size()));
            // Each piece is read before the next one comes.
            for (int turn = 0; turn < 4; ++turn) co_await hop_to(loop);
        }
        client->shutdown_write();
        std::vector<char> answers(4096);
        while (true) {
            const auto got = co_await client->read_some(answers);
            if (!got || *got == 0) break;
        }
    }
    std::vector<http::Request> put(std::string_view bytes, std::size_t piece) {
        requests.clear();
        auto ends = test::MemoryStream::make_pair(loop);
        server->serve_stream(std::move(ends.first));
        run_until_done(loop, talk(std::move(ends.second), bytes, piece));
        return std::move(requests);
    }
};

bool same(const http::Request& a, const http::Request& b) {
    return a.method == b.method && a.path == b.path && a.query == b.query && a.headers.fields() == b.headers.fields() &&
           a.body == b.body;
}

}  // namespace
}  // namespace tw

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static tw::Port port;
    tw::test::FuzzInput input{bytes, size};
    const std::size_t piece = 1 + input.byte() % 32;
    const auto text = input.rest();
    const auto whole = port.put(text, size + 1);
    const auto sliced = port.put(text, piece);
    if (text.starts_with("PRI")) return 0;  // streams of HTTP/2 may be answered in another order
    tw::test::require(whole.size() == sliced.size(), "pieces make as many requests as the whole");
    for (std::size_t i = 0; i < whole.size(); ++i) {
        tw::test::require(tw::same(whole[i], sliced[i]), "pieces make the same request as the whole");
    }
    return 0;
}
