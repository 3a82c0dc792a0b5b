#include "kit/net/listener.hpp"
#include "kit/net/tls_fixture.hpp"

#include <gmock/gmock.h>

/// Tests a client's handshake with servers that accept a connection and then send nothing.
namespace tw::net {
namespace {

using namespace std::chrono_literals;

struct TlsSilentServerTest : testing::Test {
    test::CertificateFolder folder;
    EventLoop loop;
    /// The system accepts the port's connections, and no server handles them.
    std::unique_ptr<Listener> port = Listener::bind({"127.0.0.1", 0}).value();
    TlsClient client{TlsContext::make_client({.ca = folder.ca()}).value(), {.host = "a"}};

    ~TlsSilentServerTest() override { test::settle(loop); }
};

TEST_F(TlsSilentServerTest, a_handshake_that_takes_too_long_is_given_up) {
    const RootCall call{loop};
    const auto stream = run_until_done(loop, connect_tls(call.context(), loop, port->local(), 30ms, client));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::unavailable);
    EXPECT_EQ(stream.error().cause(), "the TLS handshake took too long");
}

TEST_F(TlsSilentServerTest, a_call_that_ends_during_the_handshake_ends_it_with_its_own_error) {
    const RootCall call{loop, Deadline::after(loop.now(), 30ms)};
    const auto stream = run_until_done(loop, connect_tls(call.context(), loop, port->local(), 20s, client));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::deadline_exceeded);
}

TEST_F(TlsSilentServerTest, a_call_that_is_cancelled_during_the_handshake_ends_it_too) {
    RootCall call{loop};
    Timer soon{loop.timers(), [&call] { call.scope().cancel(cancelled()); }};
    soon.arm(loop.now() + 30ms);
    const auto stream = run_until_done(loop, connect_tls(call.context(), loop, port->local(), 20s, client));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace tw::net
