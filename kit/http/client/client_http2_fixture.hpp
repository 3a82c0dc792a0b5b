#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/http/client.hpp"
#include "kit/http/http2_frames_fixture.hpp"
#include "kit/testing/memory_stream.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// HTTP/2 servers that are written frame by frame, so that they can do what no correct server does.
namespace tw::http::test {

/// What a server sends on one connection: the opening at once, then each step after its number of
/// requests has begun.
struct FrameScript {
    struct Step {
        std::size_t requests;
        std::string bytes;
    };
    std::vector<Step> steps;
    std::string opening = settings();
    /// Whether the server closes after the last step. Otherwise it closes when the client does, or
    /// sends GOAWAY.
    bool close = false;
};

/// Servers in memory, for one connection after the other, each with its script.
class FramePeer {
 public:
    explicit FramePeer(EventLoop& loop) : loop_{loop} {}

    Client::Connector connector() {
        return [this](const CallContext&) { return connect(); };
    }
    /// Waits for the last connection, and lets both its ends close.
    Task<void> end() {
        co_await close_and_wait(gate_);
        for (int turn = 0; turn < 20; ++turn) co_await hop_to(loop_);
    }
    /// Returns how many frames of that type came, on that stream unless it is 0.
    std::size_t count(FrameType type, std::uint32_t stream = 0) const {
        std::size_t found = 0;
        for (const auto& one : frames) found += one.type == type && (stream == 0 || one.stream == stream) ? 1 : 0;
        return found;
    }

    /// Returns the first frame of that type, which must exist.
    const Frame& first(FrameType type) const {
        return *std::ranges::find_if(frames, [type](const Frame& one) { return one.type == type; });
    }

    std::deque<FrameScript> scripts;
    std::vector<Frame> frames;
    int connections = 0;
    /// The highest number of requests that had begun and that no step had answered yet, for scripts
    /// with a step for each request.
    std::size_t outstanding_max = 0;

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

    Task<void> serve(std::unique_ptr<tw::test::MemoryStream> stream, FrameScript script) {
        static_cast<void>(co_await stream->write_all(script.opening));
        std::string unread;
        std::size_t requests = 0;
        std::size_t step = 0;
        FieldReader fields;
        std::array<char, 16 * 1024> chunk;
        const std::span<char> into{chunk};
        bool preface = true;
        while (true) {
            const auto count = co_await stream->read_some(into);
            if (!count || *count == 0) co_return;
            unread.append(chunk.data(), *count);
            if (preface) unread.erase(0, kPreface.size());
            preface = false;
            bool left = false;
            for (auto next = take(unread); next; next = take(unread)) {
                const bool begins = next->type == FrameType::headers;
                if (begins) next->fields = fields.read(next->payload);
                requests += begins ? 1 : 0;
                left = left || next->type == FrameType::goaway;
                frames.push_back(std::move(*next));
            }
            outstanding_max = std::max(outstanding_max, requests - step);
            for (; step < script.steps.size() && script.steps[step].requests <= requests; ++step) {
                const auto& bytes = script.steps[step].bytes;
                if (!bytes.empty() && !co_await stream->write_all(bytes)) co_return;
            }
            if (left || (script.close && step == script.steps.size())) co_return;
        }
    }

    EventLoop& loop_;
    Gate gate_;
};

/// A client of HTTP/2 with its servers.
class Http2ClientTest : public testing::Test {
 protected:
    Http2ClientTest() { options.http2_prior_knowledge = true; }
    ~Http2ClientTest() override {
        client_.reset();
        run_until_done(loop, peer.end());
    }
    Client& client() {
        if (!client_) client_ = std::make_unique<Client>(loop, "peer:80", options, peer.connector());
        return *client_;
    }
    Result<ClientResponse> send(ClientRequest request = {}) {
        return run_until_done(loop, client().send(call.context(), std::move(request)));
    }
    /// Sends `count` requests at once.
    std::vector<Result<ClientResponse>> send_all(std::size_t count) {
        std::vector<Task<Result<ClientResponse>>> sends;
        for (std::size_t i = 0; i < count; ++i) sends.push_back(client().send(call.context(), {}));
        return run_until_done(loop, all(std::move(sends)));
    }

    EventLoop loop;
    /// The deadline makes a test that hangs fail.
    RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
    FramePeer peer{loop};
    ClientOptions options;

 private:
    std::unique_ptr<Client> client_;
};

}  // namespace tw::http::test
