#include "kit/http/client/client_pool.hpp"

#include "kit/async/combine.hpp"
#include "kit/http/client/client_fixture.hpp"

#include <array>
#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::kOk;
using ::testing::ElementsAre;

class ClientPoolTest : public testing::Test {
 protected:
    ~ClientPoolTest() override {
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
    std::vector<Result<ClientResponse>> send_all(std::vector<std::string> targets) {
        std::vector<Task<Result<ClientResponse>>> sends;
        for (auto& target : targets) sends.push_back(client().send(call.context(), {.target = std::move(target)}));
        return run_until_done(loop, all(std::move(sends)));
    }
    /// Adds a server that answers this many requests on one connection, then closes.
    void serve(std::size_t requests) { peer.scripts.push_back({std::vector<std::string>(requests, std::string{kOk})}); }

    /// Returns the targets of the requests, in their order.
    std::vector<std::string> targets() const {
        std::vector<std::string> found;
        for (const auto& request : peer.requests) found.push_back(request.substr(4, request.find(' ', 4) - 4));
        return found;
    }

    EventLoop loop;
    /// The deadline makes a test that hangs fail.
    RootCall call{loop, Deadline::after(loop.now(), 20s)};
    test::Peer peer{loop};
    ClientOptions options;

 private:
    std::unique_ptr<Client> client_;
};

TEST_F(ClientPoolTest, no_more_connections_are_made_than_may_be) {
    options.connections_max = 2;
    serve(10);
    serve(10);
    for (const auto& response : send_all({"/1", "/2", "/3", "/4", "/5"})) EXPECT_TRUE(response);
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientPoolTest, who_waits_is_served_in_order) {
    options.connections_max = 1;
    serve(10);
    for (const auto& response : send_all({"/1", "/2", "/3", "/4"})) EXPECT_TRUE(response);
    EXPECT_THAT(targets(), ElementsAre("/1", "/2", "/3", "/4"));
}

TEST_F(ClientPoolTest, no_more_lie_idle_than_may_be) {
    options.idle_connections_max = 1;
    for (int i = 0; i < 3; ++i) peer.scripts.push_back({{std::string{kOk}}, true});
    for (const auto& response : send_all({"/1", "/2", "/3"})) EXPECT_TRUE(response);
    EXPECT_EQ(peer.connections, 3);
    EXPECT_TRUE(run_until_done(loop, eventually(loop, [this] { return peer.open == 1; })));
}

TEST_F(ClientPoolTest, waiting_ends_at_the_deadline_and_the_next_in_line_goes_on) {
    options.connections_max = 1;
    peer.scripts.push_back({{}, true});
    serve(1);
    RootCall holds{loop, Deadline::after(loop.now(), 60ms)};
    RootCall waits{loop, Deadline::after(loop.now(), 10ms)};
    std::vector<Task<Result<ClientResponse>>> sends;
    sends.push_back(client().send(holds.context(), {}));
    sends.push_back(client().send(waits.context(), {}));
    sends.push_back(client().send(call.context(), {.target = "/last"}));
    const auto answers = run_until_done(loop, all(std::move(sends)));
    EXPECT_EQ(answers[0].error().code(), Code::deadline_exceeded);
    EXPECT_EQ(answers[1].error().code(), Code::deadline_exceeded);
    EXPECT_TRUE(answers[2]);
    EXPECT_THAT(targets(), ElementsAre("/last"));
}

TEST_F(ClientPoolTest, a_cancelled_request_closes_its_connection_and_no_other) {
    peer.scripts.push_back({{}, true});
    serve(1);
    RootCall doomed{loop};
    auto both_answers = both(client().send(doomed.context(), {}), [](EventLoop& loop, RootCall& call) -> Task<bool> {
        for (int turn = 0; turn < 20; ++turn) co_await hop_to(loop);
        call.scope().cancel(cancelled());
        co_return true;
    }(loop, doomed));
    const auto answers = run_until_done(loop, std::move(both_answers));
    EXPECT_EQ(answers.first.error().code(), Code::cancelled);
    EXPECT_TRUE(run_until_done(loop, eventually(loop, [this] { return peer.open == 0; })));
    EXPECT_TRUE(send());
}

TEST_F(ClientPoolTest, no_more_requests_wait_than_may) {
    options.connections_max = 1;
    options.waiting_max = 1;
    serve(10);
    EXPECT_TRUE(send());
    const auto answers = send_all({"/1", "/2", "/3"});
    EXPECT_TRUE(answers[0]);
    EXPECT_TRUE(answers[1]);
    ASSERT_FALSE(answers[2]);
    EXPECT_EQ(answers[2].error().reason(), "TOO_MANY_WAITING");
    EXPECT_TRUE(answers[2].error().retryable());
}

TEST_F(ClientPoolTest, a_connection_that_cannot_be_made_fails_the_requests_it_was_for) {
    const auto answers = send_all({"/1", "/2", "/3"});
    for (const auto& response : answers) {
        ASSERT_FALSE(response);
        EXPECT_EQ(response.error().code(), Code::unavailable);
    }
    serve(1);
    EXPECT_TRUE(send());
}

TEST_F(ClientPoolTest, an_idle_connection_is_closed_in_time) {
    options.idle_time_max = 10ms;
    peer.scripts.push_back({{std::string{kOk}}, true});
    EXPECT_TRUE(send());
    EXPECT_TRUE(run_until_done(loop, eventually(loop, [this] { return peer.open == 0; })));
}

TEST_F(ClientPoolTest, an_old_connection_takes_no_new_requests) {
    options.connection_age_max = 1ms;
    serve(2);
    serve(2);
    EXPECT_TRUE(send());
    ASSERT_TRUE(run_until_done(loop, sleep_for(call.context(), 20ms)));
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientPoolTest, a_connection_that_closed_while_idle_is_noticed_so_that_nothing_is_lost_on_it) {
    serve(1);
    serve(1);
    EXPECT_TRUE(send());
    ASSERT_TRUE(run_until_done(loop, eventually(loop, [this] { return peer.open == 0; })));
    // A POST is not repeated, so it must have been sent only once.
    EXPECT_TRUE(send({.method = "POST", .body = "{}"}));
    EXPECT_EQ(peer.requests.size(), 2u);
}

TEST_F(ClientPoolTest, bytes_that_nobody_asked_for_end_an_idle_connection) {
    peer.scripts.push_back({{std::string{kOk}}, true});
    peer.scripts.back().answers.front() += "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
    serve(1);
    EXPECT_TRUE(send());
    const auto second = send();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->body, "ok");
    EXPECT_EQ(peer.connections, 2);
}

TEST_F(ClientPoolTest, an_early_refusal_is_read_while_the_body_is_still_being_sent) {
    options.body_bytes_max = 1'000;
    auto pair = tw::test::MemoryStream::make_pair(loop);
    std::unique_ptr<net::Stream> ours = std::move(pair.first);
    Client impatient{loop, "peer:80", options, [&ours](const CallContext&) {
                         return [](std::unique_ptr<net::Stream>& stream) -> Task<Result<std::unique_ptr<net::Stream>>> {
                             co_return std::move(stream);
                         }(ours);
                     }};
    // The server reads no further, as one that has refused the request by its head alone.
    const std::string refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
    Gate gate;
    spawn(gate, [](tw::test::MemoryStream& stream, std::string_view bytes) -> Task<void> {
        std::array<char, 1'000> chunk;
        const std::span<char> into{chunk};
        static_cast<void>(co_await stream.read_some(into));
        const std::span<const char> answer{bytes};
        static_cast<void>(co_await stream.write_all(answer));
    }(*pair.second, refusal));
    RootCall bounded{loop, Deadline::after(loop.now(), 5s)};
    const auto response =
        run_until_done(loop, impatient.send(bounded.context(), {.method = "POST", .body = std::string(1'000'000, 'x')}));
    ASSERT_TRUE(response) << response.error().detail();
    EXPECT_EQ(response->status, 413);
    run_until_done(loop, close_and_wait(gate));
}

TEST(ClientOptions, are_refused_out_of_their_bounds) {
    EXPECT_TRUE(ClientOptions{}.validate());
    EXPECT_FALSE((ClientOptions{.header_bytes_max = 0}.validate()));
    EXPECT_FALSE((ClientOptions{.connections_max = 0}.validate()));
    EXPECT_FALSE((ClientOptions{.waiting_max = 0}.validate()));
    EXPECT_FALSE((ClientOptions{.streams_max = 0}.validate()));
    EXPECT_FALSE((ClientOptions{.keepalive_time = -1ms}.validate()));
    EXPECT_FALSE((ClientOptions{.keepalive_timeout = 0ms}.validate()));
    EXPECT_TRUE((ClientOptions{.keepalive_time = 0ms}.validate()));
    EXPECT_TRUE((ClientOptions{.idle_connections_max = 0}.validate()));
}

}  // namespace
}  // namespace tw::http
