#include "kit/rpc/placement_fixture.hpp"
#include "kit/testing/memory_stream.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

// These tests cover how many connections a gRPC port accepts, in total and from one address.
namespace tw::rpc::test {
namespace {

class ServerConnectionsTest : public ::testing::Test {
 protected:
    /// Offers `server` a connection from `host`, and returns the client's end.
    std::unique_ptr<tw::test::MemoryStream> connect(Http2Server& server, const std::string& host) {
        auto pair = tw::test::MemoryStream::make_pair(at.loop, {host, 4711});
        server.serve_stream(std::move(pair.second));
        return std::move(pair.first);
    }
    /// Whether the server has closed the connection without sending anything.
    bool closed(tw::test::MemoryStream& stream) {
        return at.run([](tw::test::MemoryStream& stream) -> Task<bool> {
            std::array<char, 64> buffer;
            const auto got = co_await stream.read_some(buffer);
            co_return got && *got == 0;
        }(stream));
    }

    Placement at{true};
    ServerLimits limits{.connections_max = 4, .connections_per_address_max = 2};
    /// Both servers use one count, like the servers of a port on two loops.
    net::ConnectionCount count;
    Http2Server first{at.loop, at.table, limits, count};
    Http2Server second{at.loop, at.table, limits, count};
};

TEST_F(ServerConnectionsTest, an_address_has_one_limit_on_all_loops_together) {
    const auto one = connect(first, "192.0.2.1");
    const auto two = connect(second, "192.0.2.1");
    const auto three = connect(second, "192.0.2.1");
    EXPECT_TRUE(closed(*three));
    EXPECT_FALSE(closed(*one));
    EXPECT_FALSE(closed(*two));
    EXPECT_FALSE(closed(*connect(second, "192.0.2.2")));
}

TEST_F(ServerConnectionsTest, the_port_has_one_limit_on_all_loops_together) {
    std::vector<std::unique_ptr<tw::test::MemoryStream>> open;
    for (const auto* host : {"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"}) open.push_back(connect(first, host));
    EXPECT_TRUE(closed(*connect(second, "192.0.2.3")));
    EXPECT_FALSE(closed(*open.front()));
}

TEST_F(ServerConnectionsTest, a_connection_that_closes_makes_room_for_another) {
    auto one = connect(first, "192.0.2.1");
    const auto two = connect(first, "192.0.2.1");
    one->close();
    at.run(at.settle());
    EXPECT_EQ(count.open(), 1u);
    EXPECT_FALSE(closed(*connect(second, "192.0.2.1")));
}

TEST_F(ServerConnectionsTest, connections_of_a_destroyed_server_are_no_longer_counted) {
    {
        Http2Server third{at.loop, at.table, limits, count};
        const auto one = connect(third, "192.0.2.1");
        EXPECT_EQ(count.open(), 1u);
    }
    at.run(at.settle());
    EXPECT_EQ(count.open(), 0u);
}

}  // namespace
}  // namespace tw::rpc::test
