#include "kit/net/sockets/listening_socket.hpp"

#include "kit/async/run.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/listener.hpp"
#include "kit/net/stream_fixture.hpp"

#include <cerrno>
#include <future>
#include <sys/socket.h>

#include <gmock/gmock.h>

// These tests need the loopback interface, since they test binding and connecting.
namespace tw::net {
namespace {

using test::connect_to;
using namespace std::chrono_literals;

int without_ipv6(int family) {
    if (family != AF_INET6) return open_system_socket(family);
    errno = EAFNOSUPPORT;
    return -1;
}

bool machine_has_ipv6() { return Listener::bind({"::1", 0}).has_value(); }

/// Returns the peer that a server at `address` sees when a client connects to `host`.
std::string peer_seen(const Address& address, const std::string& host) {
    LoopGroup loops{1};
    const auto listener = Listener::bind(address).value();
    std::promise<std::string> peer;
    listener->start(loops, [&](EventLoop&, Socket socket) { peer.set_value(socket.peer().host); });
    loops.start();
    EventLoop client;
    const auto stream = run_until_done(client, connect_to(client, {host, listener->local().port}));
    EXPECT_TRUE(stream) << host;
    auto seen = stream ? peer.get_future().get() : "";
    listener->close();
    loops.stop();
    return seen;
}

TEST(ListeningSocket, an_ipv4_client_of_an_ipv6_socket_has_its_ipv4_address) {
    EXPECT_EQ(peer_seen({"::", 0}, "127.0.0.1"), "127.0.0.1");
    if (machine_has_ipv6()) {
        EXPECT_EQ(peer_seen({"::", 0}, "::1"), "::1");
    }
}

TEST(ListeningSocket, all_addresses_are_those_of_ipv4_where_there_is_no_ipv6) {
    for (const auto* host : {"::", "0:0:0:0:0:0:0:0"}) {
        const auto sockets = listen_on_port({host, 0}, without_ipv6);
        ASSERT_TRUE(sockets) << sockets.error().detail();
        EXPECT_EQ(sockets->local.host, "0.0.0.0");
        EXPECT_NE(sockets->local.port, 0);
    }
}

TEST(ListeningSocket, another_ipv6_address_is_not_replaced) {
    const auto sockets = listen_on_port({"::1", 0}, without_ipv6);
    ASSERT_FALSE(sockets);
    EXPECT_EQ(sockets.error().reason(), "ADDRESS_NOT_LOCAL");
}

TEST(ListeningSocket, localhost_is_served_by_both_families_at_one_port) {
    EXPECT_EQ(peer_seen({"localhost", 0}, "127.0.0.1"), "127.0.0.1");
    if (machine_has_ipv6()) {
        EXPECT_EQ(peer_seen({"localhost", 0}, "::1"), "::1");
    }
    const auto listener = Listener::bind({"localhost", 0}).value();
    EXPECT_EQ(listener->local().host, "localhost");
    EXPECT_NE(listener->local().port, 0);
}

TEST(ListeningSocket, localhost_is_ipv4_alone_where_there_is_no_ipv6) {
    const auto sockets = listen_on_port({"localhost", 0}, without_ipv6);
    ASSERT_TRUE(sockets);
    EXPECT_EQ(sockets->descriptors.size(), 1u);
}

TEST(ListeningSocket, localhost_is_in_use_where_one_family_is) {
    if (!machine_has_ipv6()) return;
    const auto taken = Listener::bind({"::1", 0}).value();
    const auto second = Listener::bind({"localhost", taken->local().port});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason(), "ADDRESS_IN_USE");
    EXPECT_THAT(second.error().detail(), testing::HasSubstr(taken->local().to_string()));
}

}  // namespace
}  // namespace tw::net
