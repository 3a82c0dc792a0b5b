#include "kit/net/tls_acceptor.hpp"

#include "kit/net/tls_fixture.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <vector>

namespace tw::net {
namespace {

using test::CertificateFolder;

struct TlsAcceptorTest : testing::Test {
    CertificateFolder folder;
    EventLoop loop;
    tw::test::QuietTelemetry telemetry;
    std::shared_ptr<TlsContext> server = TlsContext::make_server({.identities = {folder.issue("server", {"server"})}}).value();
    std::shared_ptr<TlsContext> trusting = TlsContext::make_client({.ca = folder.ca()}).value();
    TlsClient client{trusting, {.host = "server"}};
    TlsAcceptor acceptor{loop, server, {.handshakes_max = 2, .port = "http"}, telemetry.get()};
    std::vector<std::unique_ptr<Stream>> secured;
    bool closed = false;

    ~TlsAcceptorTest() override {
        close();
        secured.clear();
        test::settle(loop);
    }

    /// Returns the client's end of a connection whose handshake the acceptor waits for.
    std::unique_ptr<Stream> connect() {
        auto pair = test::make_socket_pair(loop);
        acceptor.accept(std::move(pair.server), [this](std::unique_ptr<Stream> stream) { secured.push_back(std::move(stream)); });
        return std::move(pair.client);
    }
    void close() {
        if (!std::exchange(closed, true)) run_until_done(loop, acceptor.close());
    }
    bool shakes_hands(std::unique_ptr<Stream> stream) {
        RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
        const auto done = run_until_done(loop, client.secure(call.context(), std::move(stream)));
        test::settle(loop);
        return done.has_value();
    }
};

Task<bool> is_closed(Stream& stream) {
    std::array<char, 1> buffer{};
    const auto got = co_await stream.read_some(buffer);
    co_return !got || *got == 0;
}

TEST_F(TlsAcceptorTest, the_oldest_handshake_gives_way_to_a_newcomer) {
    const auto first = connect();
    auto second = connect();
    const auto third = connect();
    EXPECT_TRUE(run_until_done(loop, is_closed(*first)));
    EXPECT_TRUE(shakes_hands(std::move(second)));
    EXPECT_EQ(secured.size(), 1u);
}

TEST_F(TlsAcceptorTest, who_is_silent_keeps_nobody_out) {
    std::vector<std::unique_ptr<Stream>> silent;
    for (int i = 0; i < 10; ++i) silent.push_back(connect());
    EXPECT_TRUE(shakes_hands(connect()));
    EXPECT_EQ(secured.size(), 1u);
    // The handshakes that came last may still continue.
    EXPECT_TRUE(shakes_hands(std::move(silent.back())));
    EXPECT_FALSE(shakes_hands(std::move(silent.front())));
}

TEST_F(TlsAcceptorTest, closing_breaks_off_what_is_under_way) {
    const auto silent = connect();
    close();
    EXPECT_TRUE(run_until_done(loop, is_closed(*silent)));
    const auto late = connect();
    EXPECT_TRUE(run_until_done(loop, is_closed(*late)));
}

}  // namespace
}  // namespace tw::net
