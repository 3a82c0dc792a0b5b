#include "kit/net/h2_session_fixture.hpp"

// Tests of pings, of the limits for too many of them, and of rest().
namespace tw::net::test {
namespace {

using H2PingTest = H2SessionTest;
using namespace std::chrono_literals;

TEST_F(H2PingTest, a_client_that_pings_too_often_is_told_so) {
    Side strict{H2Session::Side::server, {.pings = {.interval_min = 300s}}};
    const auto talk_to_it = [&] {
        while (carry(client, strict) || carry(strict, client)) continue;
    };
    talk_to_it();
    for (int i = 0; i < 3; ++i) {
        client.session.ping();
        talk_to_it();
    }
    EXPECT_EQ(client.goaways, 0);
    EXPECT_EQ(strict.session.pings_received(), 3u);
    client.session.ping();
    talk_to_it();
    EXPECT_EQ(client.goaway_code, H2Code::enhance_your_calm);
    EXPECT_EQ(client.goaway_debug, "too_many_pings");
    EXPECT_TRUE(strict.session.done());
    EXPECT_FALSE(strict.session.receive("more", now));
}

TEST_F(H2PingTest, pings_are_free_again_after_an_answer) {
    Side strict{H2Session::Side::server, {.pings = {.interval_min = 300s}}};
    const auto talk_to_it = [&] {
        while (carry(client, strict) || carry(strict, client)) continue;
    };
    for (int round = 0; round < 10; ++round) {
        Recorder call;
        ASSERT_TRUE(client.session.request(call, kRequest, true));
        talk_to_it();
        for (int i = 0; i < 3; ++i) client.session.ping();
        talk_to_it();
        strict.streams.back()->send_headers(kAnswer, true);
        talk_to_it();
        EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
    }
    EXPECT_EQ(client.goaways, 0);
}

TEST_F(H2PingTest, the_answer_to_another_ping_does_not_end_a_drain) {
    talk();
    server.session.ping();
    std::string ping;
    ASSERT_TRUE(server.session.pull(ping, 1 << 20));
    ASSERT_TRUE(client.session.receive(ping, now));
    server.session.drain();
    ASSERT_TRUE(carry(client, server));
    // The client has not received the drain's GOAWAY yet.
    Recorder call;
    ASSERT_TRUE(client.session.request(call, kRequest, true));
    talk();
    ASSERT_EQ(server.streams.size(), 1u);
    server.streams[0]->send_headers(kAnswer, true);
    talk();
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
}

TEST_F(H2PingTest, who_has_rested_goes_on_as_before) {
    for (int round = 0; round < 5; ++round) {
        Recorder call;
        call.outgoing() = std::string(30'000, 'x');
        call.finish();
        ASSERT_TRUE(client.session.request(call, kRequest, false));
        std::string begun;
        ASSERT_TRUE(client.session.pull(begun, 10'000));
        client.session.rest();
        ASSERT_TRUE(server.session.receive(begun, now));
        talk();
        EXPECT_EQ(server.streams.back()->data.size(), 30'000u);
        server.streams.back()->send_headers(kAnswer, true);
        talk();
        EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
        client.session.rest();
        server.session.rest();
    }
}

}  // namespace
}  // namespace tw::net::test
