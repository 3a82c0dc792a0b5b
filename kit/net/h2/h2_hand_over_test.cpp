#include "kit/net/h2_session_fixture.hpp"

namespace tw::net::test {
namespace {

/// A server's stream that is handed over to another object once its header is complete.
class Giver final : public H2Stream {
 public:
    Giver(H2Stream& heir, int& closes) : heir_{heir}, closes_{closes} {}

 private:
    void on_field(std::string_view, std::string_view) override {}
    void on_fields_end() override {
        constexpr H2Field kTold[]{{":method", "POST"}, {"x", "1"}};
        hand_over(heir_, kTold);
        EXPECT_FALSE(open());
        delete this;
    }
    void on_data(std::string_view) override {}
    void on_end() override {}
    void on_close(H2Code) override { ++closes_; }

    H2Stream& heir_;
    int& closes_;
};

struct GivingSide final : Side {
    using Side::Side;
    H2Stream* on_request() override { return new Giver{heir, closes}; }
    void on_stream_gone() override { ++gone; }

    Recorder heir;
    int closes = 0;
    int gone = 0;
};

class H2HandOverTest : public H2SessionTest {
 protected:
    GivingSide giving{H2Session::Side::server};
    Recorder call;

    void talk() {
        while (carry(client, giving) || carry(giving, client)) continue;
    }
};

TEST_F(H2HandOverTest, the_heir_gets_the_fields_it_is_told_and_all_that_follows) {
    call.outgoing() = "ask";
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    EXPECT_EQ(giving.heir.fields, ":method=POST;x=1;|");
    EXPECT_EQ(giving.heir.data, "ask");
    EXPECT_FALSE(giving.heir.ended);
    EXPECT_EQ(giving.session.streams(), 1u);

    giving.heir.send_headers(kAnswer, false);
    giving.heir.outgoing() = "told";
    giving.heir.finish(kTrailers);
    call.finish();
    talk();
    EXPECT_TRUE(giving.heir.ended);
    EXPECT_EQ(call.data, "told");
    EXPECT_EQ(giving.heir.closes, std::vector{H2Code::no_error});
    EXPECT_EQ(giving.closes, 0) << "the one that gave the stream away is told of nothing more";
    EXPECT_EQ(giving.gone, 1);
    EXPECT_EQ(giving.session.streams(), 0u);
}

TEST_F(H2HandOverTest, a_request_that_ends_with_its_header_ends_for_the_heir) {
    ASSERT_TRUE(client.session.request(call, kRequest, true));
    talk();
    EXPECT_TRUE(giving.heir.ended);
}

TEST_F(H2HandOverTest, the_heir_is_told_when_the_client_gives_up) {
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    call.reset(H2Code::cancel);
    talk();
    EXPECT_EQ(giving.heir.closes, std::vector{H2Code::cancel});
}

TEST_F(H2HandOverTest, what_the_heir_does_not_consume_stays_in_its_window) {
    call.outgoing().assign(100'000, 'x');
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    EXPECT_EQ(giving.heir.data.size(), 65'536u);
    giving.heir.consume(giving.heir.data.size());
    talk();
    EXPECT_EQ(giving.heir.data.size(), 100'000u);
}

TEST_F(H2HandOverTest, the_sessions_end_is_told_to_the_heir) {
    ASSERT_TRUE(client.session.request(call, kRequest, false));
    talk();
    giving.session.abandon(H2Code::connection_lost);
    EXPECT_EQ(giving.heir.closes, std::vector{H2Code::connection_lost});
}

}  // namespace
}  // namespace tw::net::test
