#include "kit/http/client.hpp"

#include "kit/async/combine.hpp"
#include "kit/http/client/client_fixture.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using test::kOk;
using test::Peer;
using ::testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
    ~ClientTest() override {
        client.reset();
        run_until_done(loop, peer.end());
    }
    Result<ClientResponse> send(ClientRequest request = {}) {
        return run_until_done(loop, client->send(call.context(), std::move(request)));
    }
    void answer(std::string text) { peer.scripts.push_back({{std::move(text)}}); }

    EventLoop loop;
    RootCall call{loop};
    Peer peer{loop};
    ClientOptions options;
    std::unique_ptr<Client> client = std::make_unique<Client>(loop, "peer:80", options, peer.connector());
};

TEST_F(ClientTest, a_request_is_written_and_its_answer_read) {
    answer("HTTP/1.1 201 Created\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello");
    ClientRequest request{.method = "POST", .target = "/p?q=1", .content_type = "text/plain", .body = "body"};
    request.headers.add("X-Mine", "v");
    const auto response = send(std::move(request));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->headers.find("x-a"), "1");
    EXPECT_EQ(peer.requests.at(0),
              "POST /p?q=1 HTTP/1.1\r\nHost: peer:80\r\nX-Mine: v\r\nAccept-Encoding: identity\r\n"
              "Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_F(ClientTest, a_connection_is_kept_for_the_next_request) {
    peer.scripts.push_back({{std::string{kOk}, std::string{kOk}}});
    EXPECT_TRUE(send());
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(ClientTest, requests_at_the_same_time_have_connections_of_their_own) {
    answer(std::string{kOk});
    answer(std::string{kOk});
    auto both_answers = both(client->send(call.context(), {}), client->send(call.context(), {}));
    const auto answers = run_until_done(loop, std::move(both_answers));
    EXPECT_TRUE(answers.first);
    EXPECT_TRUE(answers.second);
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientTest, a_connection_that_closed_while_idle_is_replaced_without_the_caller_noticing) {
    answer(std::string{kOk});
    answer(std::string{kOk});
    EXPECT_TRUE(send());
    const auto second = send();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "ok");
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientTest, a_fresh_connection_that_ends_without_an_answer_is_not_tried_again) {
    peer.scripts.push_back({{""}});
    answer(std::string{kOk});
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_THAT(response.error().detail(), HasSubstr("peer:80"));
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(ClientTest, an_answer_that_is_cut_short_is_not_tried_again) {
    peer.scripts.push_back({{std::string{kOk}, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}});
    answer(std::string{kOk});
    EXPECT_TRUE(send());
    const auto response = send();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::unavailable);
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(ClientTest, a_body_may_come_in_chunks) {
    answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n");
    const auto response = send();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "wikipedia");
}

TEST_F(ClientTest, a_body_without_a_length_lasts_until_the_connection_ends) {
    answer("HTTP/1.1 200 OK\r\n\r\nall of it");
    answer(std::string{kOk});
    const auto response = send();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "all of it");
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientTest, an_http10_server_closes_after_its_answer) {
    answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
    answer(std::string{kOk});
    EXPECT_TRUE(send());
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientTest, interim_answers_are_passed_over) {
    answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + std::string{kOk});
    const auto response = send();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
}

TEST_F(ClientTest, a_redirect_is_an_answer) {
    peer.scripts.push_back(
        {{"HTTP/1.1 302 Found\r\nLocation: http://peer:80/there\r\nContent-Length: 0\r\n\r\n", std::string{kOk}}});
    const auto response = send();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
    EXPECT_EQ(response->headers.find("location"), "http://peer:80/there");
    EXPECT_EQ(peer.requests.size(), 1u);
}

TEST_F(ClientTest, an_answer_to_head_has_no_body_whatever_its_length) {
    peer.scripts.push_back({{"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", std::string{kOk}}});
    const auto response = send({.method = "HEAD"});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "");
    EXPECT_TRUE(send());
}

TEST_F(ClientTest, what_has_not_been_modified_may_tell_its_length) {
    peer.scripts.push_back({.answers = {"HTTP/1.1 304 Not Modified\r\nContent-Length: 500000000\r\n\r\n", std::string{kOk}}});
    const auto response = send({});
    ASSERT_TRUE(response) << response.error().cause();
    EXPECT_EQ(response->status, 304);
    EXPECT_TRUE(send({}));
    EXPECT_EQ(peer.connections, 1);
}

TEST_F(ClientTest, a_server_that_never_answers_is_left_at_the_deadline) {
    peer.scripts.push_back({{}, true});
    RootCall brief{loop, Deadline::after(loop.now(), 5ms)};
    const auto response = run_until_done(loop, client->send(brief.context(), {}));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), Code::deadline_exceeded);
}

TEST_F(ClientTest, a_request_that_would_smuggle_another_is_not_sent) {
    ClientRequest request;
    request.headers.add("X", "a\r\nY: b");
    EXPECT_EQ(send(std::move(request)).error().code(), Code::invalid_argument);
    EXPECT_EQ(send({.target = "/a b"}).error().code(), Code::invalid_argument);
    EXPECT_EQ(send({.method = "GET /"}).error().code(), Code::invalid_argument);
    EXPECT_EQ(send({.method = "CONNECT"}).error().code(), Code::invalid_argument);
    for (const auto* name : {"Host", "content-length", "Transfer-Encoding", "connection", "Upgrade"}) {
        ClientRequest theirs;
        theirs.headers.add(name, "5");
        const auto refused = send(std::move(theirs));
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().reason(), "INVALID_REQUEST");
        EXPECT_THAT(refused.error().detail(), HasSubstr(name));
    }
    EXPECT_EQ(peer.connections, 0);
}

TEST(Url, is_taken_apart) {
    const auto url = Url::parse("http://collector:4318/v1/traces?a=b#c");
    ASSERT_TRUE(url);
    EXPECT_FALSE(url->tls);
    EXPECT_EQ(url->address, (net::Address{"collector", 4318}));
    EXPECT_EQ(url->target, "/v1/traces?a=b");
    EXPECT_EQ(Url::parse("HTTPS://[::1]/")->address, (net::Address{"::1", 443}));
    EXPECT_TRUE(Url::parse("https://a")->tls);
    EXPECT_EQ(Url::parse("http://a?x")->target, "/?x");
    EXPECT_EQ(Url::parse("http://a")->address.port, 80);
}

TEST(Url, anything_else_is_refused) {
    for (const auto* text :
         {"", "a:1", "ftp://a", "http://", "http://u@a", "http://a b", "http://a:x", "http://a:1/\r\n", "//a"}) {
        EXPECT_FALSE(Url::parse(text)) << text;
    }
}

}  // namespace
}  // namespace tw::http
