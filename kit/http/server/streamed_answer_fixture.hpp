#pragma once

#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/http/http2_frames_fixture.hpp"
#include "kit/http/server.hpp"
#include "kit/http/server/testing.hpp"
#include "kit/http/streamed_body.hpp"
#include "kit/testing/virtual_time.hpp"

#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace tw::http::testing {

/// A body whose functions the test gives.
class ScriptedBody final : public StreamedBody {
 public:
    std::function<Task<void>(const CallContext& ctx, Response& head)> on_begin;
    std::function<Task<Result<void>>(const CallContext& ctx, BodyWriter& body)> on_run;
    int begun = 0;
    int run_count = 0;
    /// Why the scope of the run was cancelled, if it was.
    std::optional<Error> over;

    Task<void> begin(const CallContext& ctx, Response& head) override {
        ++begun;
        if (on_begin) co_await on_begin(ctx, head);
    }
    Task<Result<void>> run(const CallContext& ctx, BodyWriter& body) override {
        ++run_count;
        Result<void> done;
        if (on_run) done = co_await on_run(ctx, body);
        over = ctx.over();
        co_return done;
    }
};

/// What a client has got of the answer to its only request.
struct SeenAnswer {
    std::string head;
    std::string body;
    bool ended = false;   ///< the body is complete
    bool broken = false;  ///< the body ended before it was complete
};

inline SeenAnswer read_http1(const std::string& output, bool closed) {
    SeenAnswer seen;
    const auto split = output.find("\r\n\r\n");
    if (split == std::string::npos) return {.broken = closed};
    seen.head = output.substr(0, split + 2);
    std::string_view rest = std::string_view{output}.substr(split + 4);
    const bool chunked = seen.head.find("Transfer-Encoding: chunked") != std::string::npos;
    if (!chunked) return {seen.head, std::string{rest}, closed, false};
    while (!rest.empty()) {
        std::size_t size = 0;
        const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), size, 16).ptr;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 2);
        seen.body += rest.substr(0, size);
        rest.remove_prefix(std::min(rest.size(), size + 2));
        if (size == 0) seen.ended = true;
    }
    seen.broken = closed && !seen.ended;
    return seen;
}

inline SeenAnswer read_http2(std::string output, bool closed) {
    SeenAnswer seen;
    test::FieldReader fields;
    for (auto next = test::take(output); next; next = test::take(output)) {
        if (next->type == test::FrameType::headers) seen.head += fields.read(next->payload);
        if (next->type == test::FrameType::data) seen.body += next->payload;
        const bool of_stream = next->type == test::FrameType::headers || next->type == test::FrameType::data;
        if (of_stream && (next->flags & test::kEndStream) != 0) seen.ended = true;
        if (next->type == test::FrameType::reset && !seen.ended) seen.broken = true;
    }
    seen.broken = seen.broken || (closed && !seen.ended);
    return seen;
}

/// One connection to a server, on virtual time, with the HTTP version of the parameter.
class StreamedAnswerTest : public ::testing::TestWithParam<Version> {
 protected:
    /// Sends a request. The server is made for the first one.
    void ask(std::string_view method = "GET") {
        if (!server_) start();
        if (GetParam() == Version::http_2) {
            using test::field;
            const auto block =
                field(":method", method) + field(":scheme", "http") + field(":path", "/events") + field(":authority", "a");
            stream_->arrive(test::headers(std::exchange(next_id_, next_id_ + 2), block, true));
        } else {
            const auto* const version = GetParam() == Version::http_1_1 ? "1.1" : "1.0";
            stream_->arrive(std::string{method} + " /events HTTP/" + version + "\r\nHost: a\r\n\r\n");
        }
        settle();
    }
    /// Runs everything that is ready, without letting time pass.
    void settle() {
        run_until_done(loop_, [](EventLoop& loop) -> Task<void> {
            for (int turn = 0; turn < 60; ++turn) co_await hop_to(loop);
        }(loop_));
    }
    void pass(std::chrono::nanoseconds time) {
        RootCall call{loop_};
        run_until_done(loop_, [](const CallContext& ctx, std::chrono::nanoseconds time) -> Task<void> {
            static_cast<void>(co_await sleep_for(ctx, time));
        }(call.context(), time));
        settle();
    }
    /// Breaks the connection.
    void leave() {
        stream_->arrive_reset();
        settle();
    }
    void stop() {
        if (!server_ || std::exchange(stopped_, true)) return;
        run_until_done(loop_, server_->drain(Deadline::after(loop_.now(), std::chrono::seconds{5})));
    }
    SeenAnswer seen() const {
        return GetParam() == Version::http_2 ? read_http2(seen_->output(), seen_->closed)
                                             : read_http1(seen_->output(), seen_->closed);
    }
    /// Returns how many streams ended so (`tw.http.stream.end`).
    std::uint64_t ended_as(std::string_view end) {
        std::vector<telemetry::MetricPoint> points;
        meter_.collect(points);
        std::uint64_t count = 0;
        for (const auto& point : points) {
            if (point.instrument->name != std::string_view{"tw.http.server.stream.duration"}) continue;
            for (const auto& [name, value] : point.attributes) {
                if (name == "tw.http.stream.end" && std::get<std::string>(value) == end) count += point.count;
            }
        }
        return count;
    }
    /// Returns the sum of a histogram, or the value of a counter.
    double sum_of(std::string_view instrument) {
        std::vector<telemetry::MetricPoint> points;
        meter_.collect(points);
        double sum = 0;
        for (const auto& point : points) {
            if (point.instrument->name == instrument) sum += point.count > 0 ? point.sum : point.value;
        }
        return sum;
    }
    void TearDown() override { stop(); }

    tw::test::VirtualTime time_;
    EventLoop loop_;
    std::shared_ptr<ScriptedBody> body_ = std::make_shared<ScriptedBody>();
    ServerLimits limits_;
    ServerHooks hooks_;
    /// The window of the client's streams of HTTP/2.
    std::uint32_t window_bytes_ = 64 * 1024 - 1;
    CollectedLog log_;
    telemetry::Meter meter_;
    FakeStream* stream_ = nullptr;

 private:
    void start() {
        auto owned = std::make_unique<FakeStream>(loop_);
        stream_ = owned.get();
        seen_ = stream_->seen();
        Handler handler = [this](const CallContext&, const Request&) -> Task<Response> {
            Response response;
            response.content_type = "text/plain";
            response.route = "/events";
            response.stream = body_;
            co_return response;
        };
        server_ = make_server(loop_, limits_, {tracer_, logger_, meter_}, std::move(handler), true, {}, hooks_);
        server_->serve_stream(std::move(owned));
        if (GetParam() == Version::http_2)
            stream_->arrive(std::string{test::kPreface} + test::settings({{test::kInitialWindow, window_bytes_}}));
    }

    SystemClock clock_;
    Random random_{1};
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Logger logger_{"test", clock_, log_,
                              std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    std::unique_ptr<Server> server_;
    std::shared_ptr<const FakeStream::Seen> seen_;
    std::uint32_t next_id_ = 1;
    bool stopped_ = false;
};

}  // namespace tw::http::testing
