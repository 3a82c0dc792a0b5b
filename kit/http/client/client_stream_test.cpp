#include "kit/http/client_stream.hpp"

#include "kit/http/client/client_fixture.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kChunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";

class ClientStreamTest : public ::testing::Test {
 protected:
    ~ClientStreamTest() override {
        stream.reset();
        run_until_done(loop, peer.end());
    }

    Result<ClientResponse> open(test::Script script, ClientRequest request = {.target = "/long"}) {
        peer.scripts.push_back(std::move(script));
        stream = std::make_unique<ClientStream>(loop, "peer:80", options, peer.connector());
        return run_until_done(loop, stream->open(call.context(), std::move(request)));
    }
    Result<std::string> next() { return run_until_done(loop, stream->next(call.context())); }
    Result<std::string> read_rest() { return run_until_done(loop, stream->read_rest(call.context())); }

    EventLoop loop;
    RootCall call{loop};
    test::Peer peer{loop};
    ClientOptions options;
    std::unique_ptr<ClientStream> stream;
};

TEST_F(ClientStreamTest, the_head_is_there_before_the_body_and_parts_are_handed_on_as_they_come) {
    const auto head = open({.answers = {std::string{kChunkedHead}}, .endless = "3\r\nabc\r\n"});
    ASSERT_TRUE(head) << head.error().detail();
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->headers.find("content-type"), "text/plain");
    EXPECT_EQ(head->body, "");
    EXPECT_THAT(peer.requests.at(0), HasSubstr("GET /long HTTP/1.1\r\nHost: peer:80\r\n"));
    EXPECT_THAT(next().value(), HasSubstr("abc"));
}

TEST_F(ClientStreamTest, an_empty_part_is_the_end) {
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead} + "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n"}}));
    EXPECT_EQ(read_rest().value(), "firstsecond");
    EXPECT_EQ(next().value(), "");
    EXPECT_EQ(next().value(), "");
}

TEST_F(ClientStreamTest, a_body_of_known_length_and_one_that_ends_with_the_connection_are_received) {
    ASSERT_TRUE(open({.answers = {std::string{test::kOk}}}));
    EXPECT_EQ(read_rest().value(), "ok");
    ASSERT_TRUE(open({.answers = {"HTTP/1.0 200 OK\r\n\r\nuntil the end"}}));
    EXPECT_EQ(read_rest().value(), "until the end");
}

TEST_F(ClientStreamTest, an_answer_to_head_has_no_body) {
    const auto head = open({.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"}}, {.method = "HEAD"});
    ASSERT_TRUE(head);
    EXPECT_EQ(next().value(), "");
}

TEST_F(ClientStreamTest, interim_answers_are_passed_over_but_not_without_end) {
    const std::string interim = "HTTP/1.1 103 Early\r\n\r\n";
    ASSERT_TRUE(open({.answers = {interim + std::string{test::kOk}}}));
    EXPECT_EQ(read_rest().value(), "ok");
    EXPECT_EQ(open({.answers = {""}, .endless = interim}).error().reason(), test::kMalformed);
}

TEST_F(ClientStreamTest, a_reader_that_does_not_ask_slows_the_server_down) {
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead}}, .endless = "3e8\r\n" + std::string(1'000, 'x') + "\r\n"}));
    for (int turn = 0; turn < 1'000; ++turn) run_until_done(loop, [](EventLoop& on) -> Task<void> { co_await hop_to(on); }(loop));
    EXPECT_LE(peer.endless_bytes, 2 * tw::test::MemoryStream::kBufferBytes);
    EXPECT_LE(next().value().size(), 17'000U);
}

TEST_F(ClientStreamTest, a_server_that_says_nothing_is_given_up) {
    options.silence_time_max = 5ms;
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead} + "1\r\na\r\n"}, .hang = true}));
    EXPECT_EQ(next().value(), "a");
    const auto silent = next();
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().reason(), test::kGone);
    EXPECT_THAT(silent.error().detail(), HasSubstr("peer:80 sent nothing for 5 ms"));
    EXPECT_FALSE(next());
}

TEST_F(ClientStreamTest, a_limit_of_zero_waits_for_ever) {
    options.silence_time_max = 0ms;
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead}}, .hang = true}));
    RootCall brief{loop, Deadline::after(loop.now(), 20ms)};
    EXPECT_EQ(run_until_done(loop, stream->next(brief.context())).error().code(), Code::deadline_exceeded);
    EXPECT_FALSE(ClientOptions{.silence_time_max = -1ms}.validate());
}

TEST_F(ClientStreamTest, a_wait_ends_with_its_call_and_the_connection_with_the_stream) {
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead}}, .hang = true}));
    RootCall brief{loop, Deadline::after(loop.now(), 5ms)};
    EXPECT_EQ(run_until_done(loop, stream->next(brief.context())).error().code(), Code::deadline_exceeded);
    stream.reset();
    EXPECT_TRUE(run_until_done(loop, test::eventually(loop, [this] { return peer.open == 0; })));
}

TEST_F(ClientStreamTest, a_body_without_its_end_is_an_error) {
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead} + "3\r\nabc\r\n"}}));
    EXPECT_EQ(next().value(), "abc");
    EXPECT_EQ(next().error().reason(), test::kGone);
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead}}, .endless = "no chunk\r\n"}));
    EXPECT_EQ(read_rest().error().reason(), test::kMalformed);
}

TEST_F(ClientStreamTest, a_whole_body_is_bounded) {
    options.body_bytes_max = 1'000;
    ASSERT_TRUE(open({.answers = {std::string{kChunkedHead}}, .endless = "64\r\n" + std::string(100, 'x') + "\r\n"}));
    EXPECT_EQ(read_rest().error().reason(), test::kTooLarge);
}

TEST_F(ClientStreamTest, a_request_that_cannot_be_written_is_refused) {
    ClientRequest request;
    request.headers.add("host", "other");
    EXPECT_EQ(open({}, std::move(request)).error().reason(), "INVALID_REQUEST");
    EXPECT_TRUE(peer.requests.empty());
}

}  // namespace
}  // namespace tw::http
