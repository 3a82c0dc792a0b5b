#include "kit/simulation/network.hpp"

#include "kit/net/connect.hpp"
#include "kit/simulation/network_fixture.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a test does with the two ends of one connection.
class NetworkTest : public testing::Test {
 public:
    /// Accepts what comes, and keeps it.
    SimulatedNetwork::ListenerId listen(const net::Address& address = TwoProcesses::kAddress) {
        return network.listen(at.server.owner, *at.server.loops, address,
                              [this](EventLoop&, std::unique_ptr<net::Stream> stream) { accepted.push_back(std::move(stream)); });
    }
    Result<std::unique_ptr<net::Stream>> connect(const net::Address& address = TwoProcesses::kAddress,
                                                 std::chrono::nanoseconds timeout = 5s) {
        std::optional<Result<std::unique_ptr<net::Stream>>> outcome;
        const auto begin = at.simulation.time();
        EXPECT_TRUE(at.run(connect_into(address, timeout, outcome)));
        took = at.simulation.time() - begin;
        return std::move(*outcome);
    }
    std::unique_ptr<net::Stream> connected() {
        listen();
        auto stream = connect();
        EXPECT_TRUE(stream);
        at.simulation.run_for(10ms);
        EXPECT_EQ(accepted.size(), 1U);
        return std::move(*stream);
    }
    /// Starts an operation on the loop that the stream belongs to.
    void read(EventLoop& loop, net::Stream& stream, std::string& into, std::optional<Error>& end) {
        loop.post([&] { spawn(at.gate, read_all(stream, into, end)); });
    }
    void write(EventLoop& loop, net::Stream& stream, std::string bytes, std::optional<Result<std::size_t>>& outcome) {
        loop.post([&, bytes = std::move(bytes)]() mutable { spawn(at.gate, write_all(stream, std::move(bytes), outcome)); });
    }

    TwoProcesses at{7};
    SimulatedNetwork& network = at.simulation.network();
    std::vector<std::unique_ptr<net::Stream>> accepted;
    std::chrono::nanoseconds took{0};

 private:
    Task<void> connect_into(net::Address address, std::chrono::nanoseconds timeout,
                            std::optional<Result<std::unique_ptr<net::Stream>>>& outcome) {
        RootCall call{at.client.loop()};
        outcome.emplace(co_await net::connect(call.context(), at.client.loop(), address, timeout));
    }
    /// `end` is OK's stand-in, an Error of code ok, at the end of the stream.
    static Task<void> read_all(net::Stream& stream, std::string& into, std::optional<Error>& end) {
        std::array<char, 5000> buffer;
        while (true) {
            auto got = co_await stream.read_some(buffer);
            if (!got) {
                end = got.error();
                co_return;
            }
            if (*got == 0) {
                end = Error{Code::ok, "", "the end"};
                co_return;
            }
            into.append(buffer.data(), *got);
        }
    }
    static Task<void> write_all(net::Stream& stream, std::string bytes, std::optional<Result<std::size_t>>& outcome) {
        outcome.emplace(co_await stream.write_all(bytes));
    }
};

std::string pattern(std::size_t size) {
    std::string bytes(size, ' ');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

TEST_F(NetworkTest, BytesArriveWholeAndInOrderThroughBoundedBuffers) {
    const auto client = connected();
    const auto bytes = pattern(1'000'000);
    std::string received;
    std::optional<Error> end;
    std::optional<Result<std::size_t>> written;
    write(at.client.loop(), *client, bytes, written);
    at.simulation.run_for(10s);
    EXPECT_FALSE(written) << "nobody reads yet";
    read(at.server.loop(), *accepted[0], received, end);
    at.simulation.run_for(60s);
    ASSERT_TRUE(written && *written);
    EXPECT_EQ(**written, bytes.size());
    EXPECT_EQ(received, bytes);
    EXPECT_FALSE(end);
    client->shutdown_write();
    at.simulation.run_for(1s);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code(), Code::ok);
}

TEST_F(NetworkTest, NobodyListensSaysWhatTheSystemSays) {
    const auto refused = connect();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().detail(), "no connection to 10.0.0.1:50051");
    EXPECT_EQ(refused.error().cause(), "connect to 10.0.0.1:50051: Connection refused (111)");
}

TEST_F(NetworkTest, ANameHasSeveralAddressesOfWhichTheFirstThatAnswersIsTaken) {
    network.name("catalog", {"10.0.0.9", "10.0.0.1"});
    listen();
    EXPECT_TRUE(connect({"catalog", 50051}));
    network.name("catalog", {"10.0.0.9"});
    EXPECT_THAT(connect({"catalog", 50051}).error().cause(), HasSubstr("10.0.0.9:50051: Connection refused"));
    network.name("catalog", {});
    EXPECT_THAT(connect({"catalog", 50051}).error().cause(), HasSubstr("resolve catalog: Host not found"));
}

TEST_F(NetworkTest, ConnectingThroughAPartitionEndsByItsTimeout) {
    listen();
    network.partition("order", "catalog", 1h);
    const auto outcome = connect();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().cause(), "connect to 10.0.0.1:50051: no answer in time");
    EXPECT_GE(took, 5s);
    EXPECT_LE(took, 5s + 20ms);
    at.simulation.run_for(2h);
    EXPECT_TRUE(accepted.empty());
    EXPECT_EQ(network.connections(), 0U);
}

TEST_F(NetworkTest, APartitionHoldsBytesBackAndLosesNone) {
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    std::optional<Result<std::size_t>> written;
    read(at.server.loop(), *accepted[0], received, end);
    network.partition("catalog", "order", 20s);
    write(at.client.loop(), *client, "hello", written);
    at.simulation.run_for(19s);
    EXPECT_EQ(received, "");
    at.simulation.run_for(3s);
    EXPECT_EQ(received, "hello");
}

TEST_F(NetworkTest, ClosingEndsWhatWaitsInALaterTurn) {
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    std::optional<Result<std::size_t>> written;
    read(at.client.loop(), *client, received, end);
    write(at.client.loop(), *client, pattern(1'000'000), written);
    at.simulation.run_for(1s);
    at.client.loop().post([&] {
        client->close();
        EXPECT_FALSE(end);
    });
    at.simulation.run_for(1s);
    ASSERT_TRUE(end && written);
    EXPECT_EQ(end->code(), Code::cancelled);
    EXPECT_EQ(written->error().code(), Code::cancelled);
    std::optional<Error> peers_end;
    read(at.server.loop(), *accepted[0], received, peers_end);
    at.simulation.run_for(1s);
    ASSERT_TRUE(peers_end);
    EXPECT_EQ(peers_end->code(), Code::unavailable) << "who gives a write up resets the connection";
    EXPECT_THAT(peers_end->cause(), HasSubstr("Connection reset by peer"));
}

TEST_F(NetworkTest, BytesForAnEndThatIsClosedAreAnsweredByAReset) {
    const auto client = connected();
    accepted[0].reset();
    std::string received;
    std::optional<Error> end;
    read(at.client.loop(), *client, received, end);
    at.simulation.run_for(1s);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code(), Code::ok) << "an orderly end";
    std::optional<Result<std::size_t>> first;
    std::optional<Result<std::size_t>> second;
    write(at.client.loop(), *client, "too late", first);
    at.simulation.run_for(1s);
    write(at.client.loop(), *client, "known by now", second);
    at.simulation.run_for(1s);
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(*first) << "the system took it";
    EXPECT_EQ(second->error().code(), Code::unavailable);
}

TEST_F(NetworkTest, ACrashIsSeenByPeersAndSilencesTheProcess) {
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    std::optional<Error> own_end;
    read(at.client.loop(), *client, received, end);
    read(at.server.loop(), *accepted[0], received, own_end);
    network.drop(at.server.owner);
    at.simulation.run_for(1s);
    EXPECT_TRUE(end);
    ASSERT_TRUE(own_end);
    EXPECT_EQ(own_end->code(), Code::unavailable);
    EXPECT_THAT(connect().error().cause(), HasSubstr("refused"));
}

TEST_F(NetworkTest, ACrashDuringAPartitionIsNoticedByWhoeverWritesAfterwards) {
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    std::optional<Result<std::size_t>> written;
    read(at.client.loop(), *client, received, end);
    network.partition("catalog", "order", 10s);
    network.drop(at.server.owner);
    at.simulation.run_for(9s);
    EXPECT_FALSE(end);
    write(at.client.loop(), *client, "are you there?", written);
    at.simulation.run_for(30s);
    EXPECT_TRUE(end);
}

TEST_F(NetworkTest, HalfOpenIsNoticedByTheSystemAfterALongTime) {
    network.options() = {.writes_per_question = 1, .cut = 0, .half_open = 1, .stalled = 0, .slow = 0, .partition = 0};
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    std::optional<Result<std::size_t>> written;
    read(at.client.loop(), *client, received, end);
    at.simulation.faults().set_intensity(1);
    for (int i = 0; i < 20; ++i) write(at.client.loop(), *client, "hello", written);
    at.simulation.run_for(14min);
    EXPECT_FALSE(end);
    at.simulation.run_for(2min);
    ASSERT_TRUE(end);
    EXPECT_THAT(end->cause(), HasSubstr("timed out"));
}

TEST_F(NetworkTest, ALoopThatGoesClosesWhatItHad) {
    const auto client = connected();
    std::string received;
    std::optional<Error> end;
    read(at.client.loop(), *client, received, end);
    at.simulation.run_for(1s);
    at.server.loops.reset();
    at.simulation.run_for(1s);
    EXPECT_TRUE(end);
    EXPECT_THAT(connect().error().cause(), HasSubstr("refused"));
}

TEST_F(NetworkTest, ConnectionsAreDealtToTheLoopsInTurn) {
    TestProcess several{at.simulation, "several"};
    at.simulation.as(several.owner, [&] { several.loops.emplace(3); });
    std::vector<std::size_t> dealt;
    network.listen(several.owner, *several.loops, {"10.0.0.3", 1}, [&](EventLoop& loop, std::unique_ptr<net::Stream>) {
        EXPECT_TRUE(loop.on_this_thread());
        for (std::size_t i = 0; i < 3; ++i) {
            if (&several.loops->at(i) == &loop) dealt.push_back(i);
        }
    });
    for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(connect({"10.0.0.3", 1}));
        at.simulation.run_for(10ms);
    }
    EXPECT_THAT(dealt, ElementsAre(0, 1, 2, 0));
}

TEST_F(NetworkTest, WhatIsClosedOnBothSidesLeavesNothing) {
    {
        const auto client = connected();
        accepted.clear();
    }
    at.simulation.run_for(1s);
    EXPECT_EQ(network.connections(), 0U);
    EXPECT_EQ(network.connections_made(), 1U);
}

}  // namespace
}  // namespace tw::simulation
