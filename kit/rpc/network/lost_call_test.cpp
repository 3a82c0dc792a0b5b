#include "kit/rpc/network/outcome_fixture.hpp"

// These tests cover whether a call counts as sent when its connection is lost just before or just
// after its headers are written.
namespace tw::rpc::test {
namespace {

/// A call on a connection that is lost. The call uses the session directly, without a channel.
struct LostCallTest : testing::Test {
    void lose() { session.abandon(net::H2Code::connection_lost); }

    EventLoop loop;
    RootCall root{loop};
    Metadata none;
    CallInfo info{kSay, none, none, none};
    CallSettings settings;
    net::H2Events events;
    net::H2Session session{net::H2Session::Side::client, {}, events, [] {}};
    NetworkCall call{root.context(), info, settings};
};

TEST_F(LostCallTest, a_connection_that_is_lost_before_the_headers_are_written_has_not_sent_the_call) {
    ASSERT_TRUE(call.start(session));
    lose();
    ASSERT_NE(call.error(), nullptr);
    EXPECT_FALSE(call.error()->outcome_open());
    EXPECT_TRUE(call.failure().unprocessed) << "so that it goes out again elsewhere";
}

TEST_F(LostCallTest, a_connection_that_is_lost_after_the_headers_are_written_leaves_the_outcome_open) {
    ASSERT_TRUE(call.start(session));
    std::string written;
    // The bytes that the connection asks for at once end with the headers. Nothing afterwards tells
    // the call that they have gone.
    while (written.find("te") == std::string::npos) ASSERT_TRUE(session.pull(written, written.size() + 1));
    lose();
    ASSERT_NE(call.error(), nullptr);
    EXPECT_TRUE(call.error()->outcome_open());
    EXPECT_FALSE(call.failure().unprocessed);
}

struct UnaryOutcomeTest : ScriptedChannel {};

TEST_F(UnaryOutcomeTest, a_request_that_is_too_large_to_be_sent_has_done_nothing) {
    options.request_bytes_max = 3;
    connect();
    const auto run = [](UnaryOutcomeTest& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        Text request;
        request.set_value("hello");
        co_return co_await call_unary<Text>(*at.channel, root.context(), kSay, request);
    };
    EXPECT_EQ(outcome_of(run_until_done(loop, run(*this)).error()), (Outcome{Code::resource_exhausted, false, false}));
}

}  // namespace
}  // namespace tw::rpc::test
