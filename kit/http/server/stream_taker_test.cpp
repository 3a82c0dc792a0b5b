#include "kit/http/stream_taker.hpp"

#include "kit/async/gate.hpp"
#include "kit/http/http2_frames_fixture.hpp"
#include "kit/http/server.hpp"
#include "kit/http/server/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Tests which streams of HTTP/2 are taken over, and what happens to them, frame by frame.
namespace tw::http {
namespace {

using namespace std::chrono_literals;
using namespace test;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Answers each piece at once, and ends when its client does.
class Parrot final : public net::H2Stream {
 public:
    explicit Parrot(std::string& diary) : diary_{diary} {}

 private:
    void on_field(std::string_view name, std::string_view value) override {
        diary_.append(name).append("=").append(value).append(";");
    }
    void on_fields_end() override {
        static constexpr net::H2Field kAnswer[]{{":status", "200", true, true}};
        send_headers(kAnswer, false);
    }
    void on_data(std::string_view bytes) override {
        outgoing().append("you said ").append(bytes);
        send_queued();
        consume(bytes.size());
    }
    void on_end() override { finish(); }
    void on_close(net::H2Code code) override {
        diary_ += "closed " + std::to_string(static_cast<std::uint32_t>(code)) + ";";
        delete this;
    }

    std::string& diary_;
};

/// Takes the requests below "/parrot".
class ParrotTaker final : public StreamTaker {
 public:
    std::string diary;
    std::string peers;

    bool wants(const Request& head) const override { return head.path.starts_with("/parrot"); }
    net::H2Stream& take(const StreamOrigin& origin) override {
        peers += origin.peer.host + " " + origin.attributes->peer + ";";
        return *new Parrot{diary};
    }
};

class StreamTakerTest : public ::testing::Test {
 protected:
    StreamTakerTest() { hooks.streams = &taker; }

    /// Sends the pieces on one connection. Returns the output before the client's end.
    std::string converse(std::vector<std::string> pieces) {
        start();
        for (const auto& piece : pieces) stream->arrive(piece);
        settle();
        auto told = output();
        stop();
        return told;
    }
    void start() {
        auto owned = std::make_unique<testing::FakeStream>(loop);
        stream = owned.get();
        server = make_server(loop, limits, {tracer_, logger_, meter}, testing::echo, true, {}, hooks);
        server->serve_stream(std::move(owned));
        stream->arrive(std::string{kPreface} + settings());
    }
    void settle() {
        run_until_done(loop, [](EventLoop& loop) -> Task<void> {
            for (int turn = 0; turn < 100; ++turn) co_await hop_to(loop);
        }(loop));
    }
    /// Runs the loop until the condition is true, for ten seconds at most.
    void await(const std::function<bool()>& condition) {
        run_until_done(loop, [](EventLoop& loop, const std::function<bool()>& condition) -> Task<void> {
            const auto end = loop.now() + 10s;
            while (!condition() && loop.now() < end) co_await hop_to(loop);
        }(loop, condition));
        EXPECT_TRUE(condition());
    }
    void stop() {
        if (!stream->closed()) stream->arrive_end();
        run_until_done(loop, server->drain(Deadline::after(loop.now(), 5s)));
    }
    /// Returns the output as lines: "STREAM: FIELDS" for headers, "STREAM> BYTES" for bodies,
    /// "STREAM! CODE" for resets. The end of a stream is a ".".
    std::string output() const {
        std::string lines;
        FieldReader fields;
        auto bytes = stream->output();
        for (auto next = take(bytes); next; next = take(bytes)) {
            const auto at = std::to_string(next->stream);
            const auto* const end = (next->flags & kEndStream) != 0 ? "." : "";
            if (next->type == FrameType::headers) lines += at + ": " + fields.read(next->payload) + end + "\n";
            if (next->type == FrameType::data) lines += at + "> " + next->payload + end + "\n";
            if (next->type == FrameType::reset) lines += at + "! " + std::to_string(next->payload.back()) + "\n";
            if (next->type == FrameType::goaway) lines += "goaway " + std::to_string(next->payload[7]) + "\n";
        }
        return lines;
    }

    EventLoop loop;
    ServerLimits limits;
    ParrotTaker taker;
    ServerHooks hooks;
    telemetry::Meter meter;
    testing::FakeStream* stream = nullptr;
    std::unique_ptr<Server> server;

 private:
    SystemClock clock_;
    Random random_{1};
    testing::CollectedLog sink_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Logger logger_{"test", clock_, sink_,
                              std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
};

std::string request_fields(std::string_view path, std::string_view more = "", std::string_view authority = "a") {
    return field(":method", "POST") + field(":scheme", "http") + field(":path", path) + field(":authority", authority) +
           std::string{more};
}
std::string data(std::uint32_t stream, std::string_view bytes, bool end = false) {
    return frame(FrameType::data, end ? kEndStream : 0, stream, bytes);
}

TEST_F(StreamTakerTest, a_stream_that_is_wanted_is_answered_while_its_client_keeps_its_side_open) {
    const auto told = converse({headers(1, request_fields("/parrot?x=1", field("x", "y"))) + data(1, "a"), data(1, "b")});
    EXPECT_EQ(told, "1: :status: 200\n\n1> you said a\n1> you said b\n");
    EXPECT_THAT(taker.diary, StartsWith(":method=POST;:path=/parrot?x=1;:authority=a;x=y;closed "));
    EXPECT_EQ(taker.peers, "192.0.2.7 192.0.2.7;");
}

TEST_F(StreamTakerTest, one_that_is_not_wanted_is_answered_by_the_handler_when_it_is_whole) {
    const auto told =
        converse({headers(1, request_fields("/other")) + headers(3, request_fields("/parrot")) + data(1, "a", true)});
    EXPECT_THAT(told, HasSubstr("1> POST /other? a."));
    EXPECT_THAT(told, HasSubstr("3: :status: 200\n\n")) << "both on one connection";
    EXPECT_THAT(taker.diary, Not(HasSubstr("/other")));
}

TEST_F(StreamTakerTest, a_request_that_ends_with_its_header_may_be_taken) {
    EXPECT_EQ(converse({headers(1, request_fields("/parrot"), true)}), "1: :status: 200\n\n1> .\n");
    EXPECT_THAT(taker.diary, HasSubstr("closed 0;"));
}

TEST_F(StreamTakerTest, who_takes_is_told_that_the_client_gave_up) {
    start();
    stream->arrive(headers(1, request_fields("/parrot")) + reset(1, 8));
    settle();
    EXPECT_THAT(taker.diary, HasSubstr("closed 8;"));
    stop();
}

TEST_F(StreamTakerTest, what_is_wrong_with_the_header_is_said_by_the_server) {
    limits.uri_bytes_max = 64;
    limits.header_bytes_max = 1024;
    limits.body_bytes_max = 16;
    hooks.hosts = HostRule::of({"127.0.0.1", 1}, {"a"}, "http.hosts");
    for (const auto& [status, block] : {std::pair{"414", request_fields("/parrot" + std::string(100, 'x'))},
                                        std::pair{"431", request_fields("/parrot", field("x", std::string(1500, 'x')))},
                                        std::pair{"413", request_fields("/parrot", field("content-length", "17"))},
                                        std::pair{"421", request_fields("/parrot", "", "evil.example")}}) {
        EXPECT_THAT(converse({headers(1, block)}), StartsWith(std::string{"1: :status: "} + status + "\n"));
    }
    EXPECT_EQ(taker.diary, "");
    EXPECT_THAT(converse({headers(1, request_fields("/parrot"))}), StartsWith("1: :status: 200\n"));
}

TEST_F(StreamTakerTest, trailers_of_the_request_are_told_to_who_took_it) {
    converse({headers(1, request_fields("/parrot")) + data(1, "a") + headers(1, field("checksum", "1"), true)});
    EXPECT_THAT(taker.diary, HasSubstr("checksum=1;closed 0;"));
}

TEST_F(StreamTakerTest, a_window_that_is_closed_holds_back_what_is_answered) {
    start();
    stream->arrive(settings({{kInitialWindow, 0}}) + headers(1, request_fields("/parrot")) + data(1, "a"));
    settle();
    EXPECT_EQ(output(), "1: :status: 200\n\n");
    stream->arrive(frame(FrameType::window_update, 0, 1, big_endian(100, 4)));
    settle();
    EXPECT_THAT(output(), HasSubstr("1> you said a\n"));
    stop();
}

TEST_F(StreamTakerTest, rapid_resets_of_such_streams_end_the_connection) {
    limits.resets_max = 10;
    std::string flood;
    for (std::uint32_t id = 1; id < 40; id += 2) flood += headers(id, request_fields("/parrot")) + reset(id, 8);
    EXPECT_THAT(converse({flood}), HasSubstr("goaway 11\n"));
}

TEST_F(StreamTakerTest, no_more_than_the_streams_of_a_connection_are_taken) {
    limits.streams_max = 2;
    const auto told = converse(
        {headers(1, request_fields("/parrot")) + headers(3, request_fields("/parrot")) + headers(5, request_fields("/parrot"))});
    EXPECT_THAT(told, HasSubstr("5! 7\n"));
    EXPECT_THAT(told, Not(HasSubstr("3! ")));
}

TEST_F(StreamTakerTest, a_drain_says_goaway_and_waits_for_the_stream) {
    start();
    stream->arrive(headers(1, request_fields("/parrot")));
    settle();
    Gate draining;
    loop.post([&] { spawn(draining, server->drain(Deadline::after(loop.now(), 5s))); });
    settle();
    EXPECT_THAT(output(), HasSubstr("goaway 0\n"));
    EXPECT_FALSE(stream->closed());
    stream->arrive(data(1, "last", true));
    settle();
    EXPECT_THAT(output(), HasSubstr("1> you said last"));
    stream->arrive_end();
    run_until_done(loop, close_and_wait(draining));
}

TEST_F(StreamTakerTest, at_the_deadline_of_a_drain_it_is_cut) {
    start();
    stream->arrive(headers(1, request_fields("/parrot")));
    settle();
    run_until_done(loop, server->drain(Deadline::after(loop.now(), 20ms)));
    EXPECT_THAT(taker.diary, HasSubstr("closed 4294967295;"));
}

TEST_F(StreamTakerTest, a_connection_that_has_had_one_for_long_is_told_to_leave_and_then_cut) {
    limits.connection_age_max = 20ms;
    limits.connection_grace = 100ms;
    start();
    stream->arrive(headers(1, request_fields("/parrot")));
    await([this] { return output().ends_with("goaway 0\n"); });
    stream->arrive(data(1, "a"));
    settle();
    EXPECT_THAT(output(), HasSubstr("1> you said a\n"));
    await([this] { return taker.diary.ends_with("closed 4294967295;"); });
    run_until_done(loop, server->drain(Deadline::never()));
}

TEST_F(StreamTakerTest, a_connection_that_has_had_none_has_no_age) {
    limits.connection_age_max = limits.connection_grace = 1ms;
    start();
    stream->arrive(headers(1, request_fields("/other")));
    const auto end = loop.now() + 50ms;
    await([&] { return loop.now() >= end; });
    stream->arrive(data(1, "a", true));
    settle();
    EXPECT_THAT(output(), Not(HasSubstr("goaway")));
    EXPECT_THAT(output(), HasSubstr("1> POST /other? a."));
    stop();
}

}  // namespace
}  // namespace tw::http
