#include "kit/net/h2_session_fixture.hpp"

namespace tw::net::test {
namespace {

using namespace std::chrono_literals;

TEST_F(H2SessionTest, a_request_and_its_answer_pass) {
    Recorder call;
    call.outgoing() = "question";
    call.finish();
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    ASSERT_EQ(server.streams.size(), 1u);
    auto& served = *server.streams[0];
    EXPECT_EQ(served.fields, ":method=POST;:scheme=http;:path=/a;:authority=b;|");
    EXPECT_EQ(served.data, "question");
    EXPECT_TRUE(served.ended);

    served.send_headers(kAnswer, false);
    served.outgoing() = "answer";
    served.finish(kTrailers);
    talk();
    EXPECT_EQ(call.fields, ":status=200;|grpc-status=0;|");
    EXPECT_EQ(call.data, "answer");
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
    EXPECT_EQ(served.closes, std::vector{H2Code::no_error});
    EXPECT_EQ(server.session.streams(), 0u);
}

TEST_F(H2SessionTest, a_name_that_repeats_is_spelled_once) {
    const auto bytes_of_a_request = [this](const H2Field& field) {
        Recorder call;
        auto fields = kRequest;
        fields.push_back(field);
        EXPECT_TRUE(client.session.request(call, fields, true));
        std::string bytes;
        EXPECT_TRUE(client.session.pull(bytes, 1 << 20));
        static_cast<void>(server.session.receive(bytes, now));
        EXPECT_TRUE(server.streams.back()->fields.ends_with(std::string{field.name} + "=" + std::string{field.value} + ";|"));
        return bytes.size();
    };
    const std::string name = "a-name-of-twenty-four-ch";
    bytes_of_a_request({name, "1"});  // adds the fixed fields to the table
    const auto spelled = bytes_of_a_request({name, "2"});
    EXPECT_GE(bytes_of_a_request({name, "3", false, false, true}), spelled);
    EXPECT_LT(bytes_of_a_request({name, "4", false, false, true}), spelled - 10);
}

TEST_F(H2SessionTest, what_nobody_consumes_stays_with_the_sender) {
    Recorder call;
    call.outgoing() = std::string(200'000, 'x');
    call.notify_room();
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    auto& served = *server.streams[0];
    EXPECT_EQ(served.data.size(), 64u * 1024);
    EXPECT_EQ(call.queued_bytes(), 200'000u - 64 * 1024);
    EXPECT_EQ(call.rooms, 0);
    served.consume(64 * 1024);
    talk();
    served.consume(64 * 1024);
    talk();
    EXPECT_EQ(served.data.size(), 3u * 64 * 1024);
    EXPECT_EQ(call.rooms, 1);
}

TEST_F(H2SessionTest, a_stream_that_is_never_quite_empty_keeps_only_what_is_queued) {
    constexpr std::size_t kRoundBytes = 10'000;
    Recorder call;
    call.outgoing() = std::string(64 * 1024 + 1, 'x');
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    for (int round = 0; round < 100; ++round) {
        server.streams[0]->consume(kRoundBytes);
        call.outgoing().append(kRoundBytes, 'x');
        call.send_queued();
        talk();
        EXPECT_GT(call.queued_bytes(), 0u);
    }
    EXPECT_LT(call.outgoing().capacity(), 200'000u);
}

TEST_F(H2SessionTest, one_stream_that_is_not_read_leaves_room_for_the_others) {
    std::vector<std::unique_ptr<Recorder>> stuck;
    for (int i = 0; i < 40; ++i) {
        auto& call = *stuck.emplace_back(std::make_unique<Recorder>());
        call.outgoing() = std::string(100'000, 'x');
        ASSERT_TRUE(client.session.request(call, kRequest, false));
    }
    talk();
    Recorder call;
    call.outgoing() = "through";
    call.finish();
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    EXPECT_EQ(server.streams.back()->data, "through");
}

TEST_F(H2SessionTest, a_pull_stops_at_its_bound_and_the_next_goes_on) {
    Recorder call;
    call.outgoing() = std::string(60'000, 'x');
    call.finish();
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    std::string bytes;
    ASSERT_TRUE(client.session.pull(bytes, 20'000));
    EXPECT_GE(bytes.size(), 20'000u);
    EXPECT_LE(bytes.size(), 20'000u + 16'384 + 9);
    static_cast<void>(server.session.receive(bytes, now));
    talk();
    EXPECT_EQ(server.streams[0]->data, std::string(60'000, 'x'));
    EXPECT_TRUE(server.streams[0]->ended);
}

TEST_F(H2SessionTest, a_stream_that_goes_between_two_pulls_says_no_more) {
    auto call = std::make_unique<Recorder>();
    call->outgoing() = std::string(60'000, 'x');
    ASSERT_TRUE(client.session.request(*call, kRequest, false));
    std::string bytes;
    ASSERT_TRUE(client.session.pull(bytes, 1'000));
    static_cast<void>(server.session.receive(bytes, now));
    const auto said = server.streams[0]->data.size();
    call.reset();
    talk();
    EXPECT_EQ(server.streams[0]->data.size(), said);
    EXPECT_EQ(server.streams[0]->closes, std::vector{H2Code::cancel});
    Recorder next;
    next.outgoing() = "next";
    next.finish();
    ASSERT_TRUE(client.session.request(next, kRequest, false));
    talk();
    EXPECT_EQ(server.streams.back()->data, "next");
}

TEST_F(H2SessionTest, an_answer_may_be_announced) {
    Recorder call;
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    const std::vector<H2Field> interim{{":status", "103"}, {"link", "x"}};
    server.streams[0]->send_interim(interim);
    server.streams[0]->send_interim(interim);
    server.streams[0]->send_headers(kAnswer, true);
    server.streams[0]->send_interim(interim);
    talk();
    EXPECT_EQ(call.fields, ":status=103;link=x;|:status=103;link=x;|:status=200;|");
    EXPECT_TRUE(call.ended);
}

TEST_F(H2SessionTest, an_early_answer_tells_the_client_to_stop) {
    Recorder call;
    call.outgoing() = "half";
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    server.streams[0]->send_headers(kAnswer, true);
    talk();
    EXPECT_TRUE(call.ended);
    EXPECT_EQ(call.closes.size(), 1u);
    EXPECT_EQ(server.session.streams(), 0u);
}

TEST_F(H2SessionTest, destroying_a_stream_resets_it) {
    {
        Recorder call;
        ASSERT_TRUE(client.session.request(call, kRequest, false));
        talk();
    }
    talk();
    EXPECT_EQ(server.streams[0]->closes, std::vector{H2Code::cancel});
}

TEST_F(H2SessionTest, destroying_a_stream_that_has_said_all_does_not) {
    auto call = std::make_unique<Recorder>();
    ASSERT_TRUE(client.session.request(*call, kRequest, true));
    talk();
    server.streams[0]->send_headers(kAnswer, true);
    talk();
    call.reset();
    talk();
    EXPECT_EQ(server.streams[0]->closes, std::vector{H2Code::no_error});
}

TEST_F(H2SessionTest, a_hundred_resets_in_ten_seconds_are_borne_and_one_more_is_not) {
    const auto open_and_reset = [this] {
        Recorder call;
        EXPECT_TRUE(client.session.request(call, kRequest, false));
        talk();
        call.reset(H2Code::cancel);
        talk();
    };
    for (int i = 0; i < 100; ++i) open_and_reset();
    EXPECT_EQ(client.goaways, 0);
    now += 10s;
    for (int i = 0; i < 100; ++i) open_and_reset();
    EXPECT_EQ(client.goaways, 0);
    open_and_reset();
    EXPECT_EQ(client.goaways, 1);
    EXPECT_TRUE(server.session.done());
    Recorder late;
    EXPECT_FALSE(client.session.request(late, kRequest, false));
}

TEST_F(H2SessionTest, a_client_that_gives_up_no_more_than_it_lets_be_answered_is_borne_for_ever) {
    const auto open = [this](bool answered) {
        Recorder call;
        EXPECT_TRUE(client.session.request(call, kRequest, true));
        talk();
        if (answered) {
            server.streams.back()->send_headers(kAnswer, true);
        } else {
            call.reset(H2Code::cancel);
        }
        talk();
    };
    for (int i = 0; i < 500; ++i) {
        open(true);
        open(false);
    }
    EXPECT_EQ(client.goaways, 0);
    // A long row of answers makes up for a hundred resets, and not for more.
    for (int i = 0; i < 500; ++i) open(true);
    for (int i = 0; i < 200; ++i) open(false);
    EXPECT_EQ(client.goaways, 0);
    open(false);
    EXPECT_EQ(client.goaways, 1);
}

TEST_F(H2SessionTest, a_drained_session_serves_what_is_under_way_and_then_is_done) {
    Recorder call;
    ASSERT_TRUE(client.session.request(call, kRequest, true));
    talk();
    server.session.drain();
    talk();
    EXPECT_EQ(client.goaways, 2);
    EXPECT_FALSE(server.session.done());
    Recorder late;
    EXPECT_FALSE(client.session.request(late, kRequest, true));
    server.streams[0]->send_headers(kAnswer, true);
    talk();
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
    EXPECT_TRUE(server.session.done());
    EXPECT_TRUE(client.session.done());
}

TEST_F(H2SessionTest, a_request_that_crosses_the_first_goaway_is_still_taken) {
    talk();
    server.session.drain();
    Recorder call;
    ASSERT_TRUE(client.session.request(call, kRequest, true));
    talk();
    ASSERT_EQ(server.streams.size(), 1u);
    server.streams[0]->send_headers(kAnswer, true);
    talk();
    EXPECT_EQ(call.closes, std::vector{H2Code::no_error});
}

TEST_F(H2SessionTest, the_end_of_a_session_closes_its_streams) {
    Recorder call;
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    client.session.abandon(H2Code::connection_lost);
    EXPECT_EQ(call.closes, std::vector{H2Code::connection_lost});
    EXPECT_FALSE(call.open());
    call.outgoing() = "too late";
    call.finish();
    talk();
}

TEST_F(H2SessionTest, a_list_of_fields_that_is_far_too_long_ends_the_stream) {
    Recorder call;
    auto fields = kRequest;
    const std::string much(10'000, 'x');
    for (int i = 0; i < 4; ++i) fields.push_back({"much", much});
    ASSERT_TRUE(client.session.request(call, fields, true));
    talk();
    EXPECT_EQ(call.closes.size(), 1u);
    EXPECT_FALSE(server.session.done());
}

TEST_F(H2SessionTest, bytes_that_are_no_http2_end_the_connection) {
    EXPECT_FALSE(server.session.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n", now));
}

TEST_F(H2SessionTest, pings_that_nobody_hears_the_answer_to_end_the_connection) {
    talk();
    const std::string ping{
        "\0\0\x08\x06\0\0\0\0\0"
        "01234567",
        17};
    bool fine = true;
    for (int i = 0; fine && i < 1000; ++i) fine = server.session.receive(ping, now).has_value();
    EXPECT_FALSE(fine);
}

TEST_F(H2SessionTest, an_endless_header_block_ends_the_connection) {
    talk();
    std::string frames{"\0\0\x01\x01\0\0\0\0\x01\x83", 10};
    for (int i = 0; i < 20; ++i) frames.append("\0\0\x01\x09\0\0\0\0\x01\x86", 10);
    const bool fine = server.session.receive(frames, now).has_value();
    std::string out;
    static_cast<void>(server.session.pull(out, 1 << 20));
    EXPECT_TRUE(!fine || server.session.done());
}

TEST(FloodGuardTest, only_events_within_the_period_count) {
    FloodGuard guard{2, 10s};
    const SteadyTime start{1h};
    EXPECT_FALSE(guard.note(start));
    EXPECT_FALSE(guard.note(start + 9s));
    EXPECT_FALSE(guard.note(start + 10s));
    EXPECT_TRUE(guard.note(start + 11s));
}

}  // namespace
}  // namespace tw::net::test
