#include "kit/simulation/network.hpp"

#include "kit/net/connect.hpp"
#include "kit/simulation/network/network_fixture.hpp"

#include <array>
#include <deque>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace tw::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The operations of a test on the two ends of one connection.
class NetworkTest : public testing::Test {
 public:
    /// Accepts connections and keeps their streams.
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
    struct Reading {
        std::string bytes;
        /// The outcome at the end of the stream. An Error of code ok stands for OK.
        std::optional<Error> end;
    };
    struct Writing {
        std::optional<Result<std::size_t>> outcome;
    };
    /// Starts an operation on the loop that the stream belongs to.
    Reading& read(TestProcess& process, net::Stream& stream) {
        auto& reading = readings_.emplace_back();
        process.loop().post([&] { spawn(at.gate, read_all(stream, reading)); });
        return reading;
    }
    Writing& write(TestProcess& process, net::Stream& stream, std::string bytes) {
        auto& writing = writings_.emplace_back();
        process.loop().post(
            [&, bytes = std::move(bytes)]() mutable { spawn(at.gate, write_all(stream, std::move(bytes), writing)); });
        return writing;
    }
    /// Streams that were closed are told so in a later turn.
    void TearDown() override {
        accepted.clear();
        at.simulation.run_for(1s);
    }

    TwoProcesses at{7};
    SimulatedNetwork& network = at.simulation.network();
    std::vector<std::unique_ptr<net::Stream>> accepted;
    std::chrono::nanoseconds took{0};

    Task<void> connect_into(net::Address address, std::chrono::nanoseconds timeout,
                            std::optional<Result<std::unique_ptr<net::Stream>>>& outcome) {
        RootCall call{at.client.loop()};
        outcome.emplace(co_await net::connect(call.context(), at.client.loop(), address, timeout));
    }

 private:
    static Task<void> read_all(net::Stream& stream, Reading& reading) {
        std::array<char, 5000> buffer;
        while (true) {
            auto got = co_await stream.read_some(buffer);
            if (!got || *got == 0) {
                reading.end = got ? Error{Code::ok, "", "the end"} : got.error();
                co_return;
            }
            reading.bytes.append(buffer.data(), *got);
        }
    }
    static Task<void> write_all(net::Stream& stream, std::string bytes, Writing& writing) {
        writing.outcome.emplace(co_await stream.write_all(bytes));
    }

    std::deque<Reading> readings_;
    std::deque<Writing> writings_;
};

std::string pattern(std::size_t size) {
    std::string bytes(size, ' ');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

TEST_F(NetworkTest, bytes_arrive_whole_and_in_order_through_bounded_buffers) {
    const auto client = connected();
    const auto bytes = pattern(1'000'000);
    auto& written = write(at.client, *client, bytes);
    at.simulation.run_for(10s);
    EXPECT_FALSE(written.outcome) << "nobody reads yet";
    auto& reading = read(at.server, *accepted[0]);
    at.simulation.run_for(60s);
    ASSERT_TRUE(written.outcome && *written.outcome);
    EXPECT_EQ(**written.outcome, bytes.size());
    EXPECT_EQ(reading.bytes, bytes);
    EXPECT_FALSE(reading.end);
    client->shutdown_write();
    at.simulation.run_for(1s);
    ASSERT_TRUE(reading.end);
    EXPECT_EQ(reading.end->code(), Code::ok);
}

TEST_F(NetworkTest, nobody_listens_says_what_the_system_says) {
    const auto refused = connect();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().detail(), "no connection to 10.0.0.1:50051");
    EXPECT_EQ(refused.error().cause(), "connect to 10.0.0.1:50051: Connection refused (111)");
}

TEST_F(NetworkTest, a_name_has_several_addresses_of_which_the_first_that_answers_is_taken) {
    network.name("catalog", {"10.0.0.9", "10.0.0.1"});
    listen();
    EXPECT_TRUE(connect({"catalog", 50051}));
    network.name("catalog", {"10.0.0.9"});
    EXPECT_THAT(connect({"catalog", 50051}).error().cause(), HasSubstr("10.0.0.9:50051: Connection refused"));
    network.name("catalog", {});
    EXPECT_THAT(connect({"catalog", 50051}).error().cause(), HasSubstr("resolve catalog: Host not found"));
}

TEST_F(NetworkTest, connecting_through_a_partition_ends_by_its_timeout) {
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

TEST_F(NetworkTest, a_partition_holds_bytes_back_and_loses_none) {
    const auto client = connected();
    auto& reading = read(at.server, *accepted[0]);
    network.partition("catalog", "order", 20s);
    write(at.client, *client, "hello");
    at.simulation.run_for(19s);
    EXPECT_EQ(reading.bytes, "");
    at.simulation.run_for(3s);
    EXPECT_EQ(reading.bytes, "hello");
}

TEST_F(NetworkTest, closing_ends_what_waits_in_a_later_turn) {
    const auto client = connected();
    auto& reading = read(at.client, *client);
    auto& written = write(at.client, *client, pattern(1'000'000));
    at.simulation.run_for(1s);
    at.client.loop().post([&] {
        client->close();
        EXPECT_FALSE(reading.end);
    });
    at.simulation.run_for(1s);
    ASSERT_TRUE(reading.end && written.outcome);
    EXPECT_EQ(reading.end->code(), Code::cancelled);
    EXPECT_EQ(written.outcome->error().code(), Code::cancelled);
    auto& peer = read(at.server, *accepted[0]);
    at.simulation.run_for(1s);
    ASSERT_TRUE(peer.end);
    EXPECT_EQ(peer.end->code(), Code::unavailable) << "who gives a write up resets the connection";
    EXPECT_THAT(peer.end->cause(), HasSubstr("Connection reset by peer"));
}

TEST_F(NetworkTest, bytes_for_an_end_that_is_closed_are_answered_by_a_reset) {
    const auto client = connected();
    accepted[0].reset();
    auto& reading = read(at.client, *client);
    at.simulation.run_for(1s);
    ASSERT_TRUE(reading.end);
    EXPECT_EQ(reading.end->code(), Code::ok) << "an orderly end";
    auto& first = write(at.client, *client, "too late");
    at.simulation.run_for(1s);
    auto& second = write(at.client, *client, "known by now");
    at.simulation.run_for(1s);
    ASSERT_TRUE(first.outcome && second.outcome);
    EXPECT_TRUE(*first.outcome) << "the system took it";
    EXPECT_EQ(second.outcome->error().code(), Code::unavailable);
}

TEST_F(NetworkTest, a_crash_is_seen_by_peers_and_silences_the_process) {
    const auto client = connected();
    auto& reading = read(at.client, *client);
    auto& own = read(at.server, *accepted[0]);
    network.drop(at.server.owner);
    at.simulation.run_for(1s);
    EXPECT_TRUE(reading.end);
    ASSERT_TRUE(own.end);
    EXPECT_EQ(own.end->code(), Code::unavailable);
    EXPECT_THAT(connect().error().cause(), HasSubstr("refused"));
}

TEST_F(NetworkTest, a_crash_during_a_partition_is_noticed_by_whoever_writes_afterwards) {
    const auto client = connected();
    auto& reading = read(at.client, *client);
    network.partition("catalog", "order", 10s);
    network.drop(at.server.owner);
    at.simulation.run_for(9s);
    EXPECT_FALSE(reading.end);
    write(at.client, *client, "are you there?");
    at.simulation.run_for(30s);
    EXPECT_TRUE(reading.end);
}

TEST_F(NetworkTest, half_open_is_noticed_by_the_system_after_a_long_time) {
    network.options() = {.writes_per_question = 1, .cut = 0, .half_open = 1, .stalled = 0, .slow = 0, .partition = 0};
    const auto client = connected();
    auto& reading = read(at.client, *client);
    at.simulation.faults().set_intensity(1);
    // At each write one kind of fault is tried.
    for (int i = 0; i < 20; ++i) {
        write(at.client, *client, "hello");
        at.simulation.run_for(10ms);
    }
    at.simulation.run_for(14min);
    EXPECT_FALSE(reading.end);
    at.simulation.run_for(2min);
    ASSERT_TRUE(reading.end);
    EXPECT_THAT(reading.end->cause(), HasSubstr("timed out"));
}

TEST_F(NetworkTest, a_loop_that_goes_closes_what_it_had) {
    const auto client = connected();
    auto& reading = read(at.client, *client);
    at.simulation.run_for(1s);
    at.server.loops.reset();
    at.simulation.run_for(1s);
    EXPECT_TRUE(reading.end);
    EXPECT_THAT(connect().error().cause(), HasSubstr("refused"));
}

TEST_F(NetworkTest, connections_are_dealt_to_the_loops_in_turn) {
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

TEST_F(NetworkTest, a_connection_that_is_not_accepted_yet_is_described_by_the_address_that_the_client_wants) {
    listen();
    network.partition("order", "catalog", 1s);
    std::optional<Result<std::unique_ptr<net::Stream>>> outcome;
    at.client.loop().post([&] { spawn(at.gate, connect_into(TwoProcesses::kAddress, 5s, outcome)); });
    at.simulation.run_for(10ms);
    EXPECT_THAT(network.describe_connections(), ElementsAre("order → 10.0.0.1:50051, the client's end is open"));
    at.simulation.run_for(5s);
    EXPECT_TRUE(outcome);
}

TEST_F(NetworkTest, what_is_closed_on_both_sides_leaves_nothing) {
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
