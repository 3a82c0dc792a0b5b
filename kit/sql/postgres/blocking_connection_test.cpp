// Tests of the clock that a blocking connection uses. The server of these tests never answers.
#include "kit/sql/postgres/blocking_connection.hpp"

#include "kit/base/simulated_machine.hpp"

#include <chrono>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::sql::pg {
namespace {

using namespace std::chrono_literals;

/// A port on loopback at which the kernel accepts connections, and nobody reads from them.
class SilentServer {
 public:
    SilentServer() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_, name, size), 0);
        EXPECT_EQ(::listen(listener_, 1), 0);
        EXPECT_EQ(::getsockname(listener_, name, &size), 0);
        port_ = ntohs(address.sin_port);
    }
    ~SilentServer() { close(); }
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    /// Breaks the connections that nobody has accepted.
    void close() {
        if (listener_ >= 0) ::close(std::exchange(listener_, -1));
    }
    std::string url() const { return "postgresql://tw@127.0.0.1:" + std::to_string(port_) + "/x?sslmode=disable"; }

 private:
    int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port_ = 0;
};

/// A clock whose time is what a function answers.
class TestMachine final : public SimulatedMachine {
 public:
    explicit TestMachine(std::function<SteadyTime()> steady_now) : steady_now_{std::move(steady_now)} {}
    Timestamp now() const override { return Timestamp::from_unix_micros(0); }
    SteadyTime steady_now() const override { return steady_now_(); }
    std::uint64_t next_seed() override { return 1; }

 private:
    std::function<SteadyTime()> steady_now_;
};

std::string failure_of(const SilentServer& server, std::chrono::milliseconds connect_time_max) {
    PostgresOptions options;
    options.connect_time_max = connect_time_max;
    const auto target = Target::parse(server.url(), options);
    EXPECT_TRUE(target);
    const auto connection = BlockingConnection::open(*target, options);
    return connection ? "connected" : connection.error().detail();
}

TEST(BlockingConnection, has_no_timeout_while_the_clock_of_a_simulation_stands_still) {
    SilentServer server;
    int looks = 0;
    TestMachine machine{[&] {
        // Without the end of the connection, this test would wait for ever.
        if (++looks == 5) server.close();
        return SteadyTime{};
    }};
    const SimulatedMachine::Scope scope{machine};
    EXPECT_THAT(failure_of(server, 1ms), testing::Not(testing::HasSubstr("no answer in time")));
    EXPECT_GE(looks, 5);
}

TEST(BlockingConnection, has_a_timeout_when_the_clock_of_a_simulation_says_so) {
    const SilentServer server;
    SteadyTime now{};
    TestMachine machine{[&] { return now += 400ms; }};
    const SimulatedMachine::Scope scope{machine};
    EXPECT_THAT(failure_of(server, 300ms), testing::HasSubstr("no answer in time"));
}

}  // namespace
}  // namespace tw::sql::pg
