#include "kit/http/event_source.hpp"

#include "kit/http/client/client_fixture.hpp"
#include "kit/http/client/event_lines.hpp"
#include "kit/net/tls_fixture.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> events_of(std::vector<std::string_view> parts) {
    EventLines lines;
    std::vector<std::string> found;
    for (const auto part : parts) {
        lines.add(part);
        while (auto event = lines.take()) found.push_back(event->type + "=" + event->data);
    }
    return found;
}

TEST(EventLines, an_event_ends_at_an_empty_line_wherever_the_text_is_cut) {
    EXPECT_THAT(events_of({"data: one\n\nda", "ta: two\r", "\n\r\nevent: error\rdata:three\r\r:"}),
                ElementsAre("message=one", "message=two", "error=three"));
}

TEST(EventLines, lines_of_data_are_joined_and_comments_ids_and_empty_events_are_passed_over) {
    EXPECT_THAT(events_of({": heartbeat\n\nid: 5\nretry: 10\n\ndata: a\ndata: b\ndata\n\nevent: none\n\n"}),
                ElementsAre("message=a\nb\n"));
}

class EventSourceTest : public ::testing::Test {
 protected:
    ~EventSourceTest() override {
        source.reset();
        run_until_done(loop, peer.end());
    }

    Result<ClientResponse> open(test::Script script) {
        peer.scripts.push_back(std::move(script));
        source = std::make_unique<EventSource>(loop, "peer:80", options, peer.connector());
        return run_until_done(loop, source->open(call.context(), {.target = "/watch?q=1"}));
    }
    Result<std::optional<ServerEvent>> next() { return run_until_done(loop, source->next(call.context())); }

    EventLoop loop;
    RootCall call{loop};
    test::Peer peer{loop};
    ClientOptions options;
    std::unique_ptr<EventSource> source;
};

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(EventSourceTest, events_are_read_from_chunks_until_the_stream_ends) {
    const auto head = open({.answers = {std::string{kHead} + "8\r\ndata: a\n\r\n1\r\n\n\r\n9\r\ndata: b\n\n\r\n0\r\n\r\n"}});
    ASSERT_TRUE(head) << head.error().detail();
    EXPECT_EQ(head->status, 200);
    EXPECT_THAT(peer.requests.at(0), HasSubstr("GET /watch?q=1 HTTP/1.1\r\n"));
    EXPECT_THAT(peer.requests.at(0), HasSubstr("text/event-stream"));
    EXPECT_EQ(next().value()->data, "a");
    EXPECT_EQ(next().value()->data, "b");
    EXPECT_EQ(next().value(), std::nullopt);
}

TEST_F(EventSourceTest, an_answer_that_is_no_stream_is_returned_whole) {
    const auto refused =
        open({.answers = {"HTTP/1.1 503 No\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}"}});
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503);
    EXPECT_EQ(refused->body, "{}");
}

TEST_F(EventSourceTest, an_interim_answer_comes_before_the_stream) {
    ASSERT_TRUE(open({.answers = {"HTTP/1.1 103 Early\r\n\r\n" + std::string{kHead} + "9\r\ndata: a\n\n\r\n0\r\n\r\n"}}));
    EXPECT_EQ(next().value()->data, "a");
}

TEST_F(EventSourceTest, a_connection_that_breaks_is_an_error_and_no_end) {
    ASSERT_TRUE(open({.answers = {std::string{kHead} + "9\r\ndata: a\n\n\r\n"}}));
    EXPECT_EQ(next().value()->data, "a");
    EXPECT_EQ(next().error().reason(), test::kGone);
}

TEST_F(EventSourceTest, an_event_that_is_too_large_is_refused) {
    options.body_bytes_max = 1'000;
    ASSERT_TRUE(open({.answers = {std::string{kHead}}, .endless = "64\r\n" + std::string(100, 'x') + "\r\n"}));
    EXPECT_EQ(next().error().reason(), test::kTooLarge);
}

TEST_F(EventSourceTest, a_wait_ends_with_the_call) {
    ASSERT_TRUE(open({.answers = {std::string{kHead}}, .hang = true}));
    RootCall brief{loop, Deadline::after(loop.now(), std::chrono::milliseconds{5})};
    EXPECT_EQ(run_until_done(loop, source->next(brief.context())).error().code(), Code::deadline_exceeded);
}

}  // namespace
}  // namespace tw::http
