#pragma once

#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/http/client.hpp"
#include "kit/testing/memory_stream.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::http::test {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Reasons of the errors that servers cause which break the protocol, send too much, or go away.
inline constexpr const char* kMalformed = "MALFORMED_RESPONSE";
inline constexpr const char* kTooLarge = "RESPONSE_TOO_LARGE";
inline constexpr const char* kGone = "UNAVAILABLE";

inline std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

/// What a server does on one connection: it sends one answer for each request, and closes the
/// connection after the last.
struct Script {
    std::vector<std::string> answers;
    /// The server answers nothing and keeps the connection open.
    bool hang = false;
    /// The server sends this repeatedly after the answers, until the client closes.
    std::string endless;
};

/// Runs the loop until `done` returns true, for ten seconds at most. Returns whether it did.
inline Task<bool> eventually(EventLoop& loop, std::function<bool()> done) {
    const RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{10})};
    while (!done() && !call.context().over()) {
        static_cast<void>(co_await sleep_for(call.context(), std::chrono::milliseconds{2}));
    }
    co_return done();
}

/// Servers in memory, for one connection after the other, each with its script.
class Peer {
 public:
    explicit Peer(EventLoop& loop) : loop_{loop} {}

    Client::Connector connector() {
        return [this](const CallContext&) { return connect(); };
    }
    /// Waits for the last connection, and lets both its ends close.
    Task<void> end() {
        co_await close_and_wait(gate_);
        for (int turn = 0; turn < 20; ++turn) co_await hop_to(loop_);
    }

    std::deque<Script> scripts;
    std::vector<std::string> requests;
    int connections = 0;
    /// How many connections are open at the same time.
    int open = 0;
    int open_max = 0;
    /// How many bytes were sent by `endless` scripts.
    std::size_t endless_bytes = 0;

 private:
    Task<Result<std::unique_ptr<net::Stream>>> connect() {
        if (scripts.empty()) co_return unavailable("no connection to peer:80");
        ++connections;
        auto pair = tw::test::MemoryStream::make_pair(loop_);
        auto script = std::move(scripts.front());
        scripts.pop_front();
        spawn(gate_, serve(std::move(pair.second), std::move(script)));
        co_return std::unique_ptr<net::Stream>{std::move(pair.first)};
    }

    static bool whole(std::string_view text) {
        const auto head = text.find("\r\n\r\n");
        if (head == std::string_view::npos) return false;
        const auto field = text.find("Content-Length: ");
        const auto body = field == std::string_view::npos ? 0 : std::stoul(std::string{text.substr(field + 16, 8)});
        return text.size() >= head + 4 + body;
    }

    Task<void> serve(std::unique_ptr<tw::test::MemoryStream> stream, Script script) {
        open_max = std::max(open_max, ++open);
        co_await play(*stream, script);
        --open;
    }

    Task<void> play(tw::test::MemoryStream& stream, const Script& script) {
        std::array<char, 4096> chunk;
        for (const auto& answer : script.answers) {
            std::string request;
            while (!whole(request)) {
                const std::span<char> into{chunk};
                const auto count = co_await stream.read_some(into);
                if (!count || *count == 0) co_return;
                request.append(chunk.data(), *count);
            }
            requests.push_back(request);
            const std::span<const char> bytes{answer.data(), answer.size()};
            static_cast<void>(co_await stream.write_all(bytes));
        }
        const std::span<const char> again{script.endless};
        while (!script.endless.empty()) {
            if (!co_await stream.write_all(again)) co_return;
            endless_bytes += again.size();
        }
        const std::span<char> into{chunk};
        while (script.hang) {
            const auto count = co_await stream.read_some(into);
            if (!count || *count == 0) co_return;
        }
    }

    EventLoop& loop_;
    Gate gate_;
};

}  // namespace tw::http::test
