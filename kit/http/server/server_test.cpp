#include "kit/http/server.hpp"

#include "kit/async/run.hpp"
#include "kit/base/random.hpp"

#include <array>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;

class NoLog final : public telemetry::LogSink {
 public:
    void write(std::string_view) override {}
};

struct Fixture {
    SystemClock clock;
    Random random{1};
    NoLog sink;
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    telemetry::Logger log{"test", clock, sink, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    EventLoop loop;

    std::unique_ptr<Server> make(const ServerLimits& limits = {}) {
        const Handler handler = [](const CallContext&, const Request&) -> Task<Response> { co_return Response{}; };
        return make_server(loop, limits, {tracer, log, meter}, handler);
    }
};

/// Returns the client's end of a connection that `server` has taken over.
int connect_to(Server& server, const std::string& host = "client") {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    server.serve(net::Socket{ends[0], {host, 1}});
    return ends[1];
}

std::string received(int fd) {
    std::string bytes(4096, '\0');
    const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
}

Task<void> settle(EventLoop& loop) {
    for (int i = 0; i < 10; ++i) co_await hop_to(loop);
}

Task<void> drain_soon(EventLoop& loop, Server& server) {
    co_await settle(loop);
    co_await server.drain(Deadline::after(loop.now(), 50ms));
}

TEST(Server, draining_closes_idle_connections_and_takes_no_more) {
    Fixture fixture;
    const auto server = fixture.make();
    const int client = connect_to(*server);
    run_until_done(fixture.loop, drain_soon(fixture.loop, *server));
    char byte = 0;
    EXPECT_EQ(::recv(client, &byte, 1, 0), 0);
    const int late = connect_to(*server);
    EXPECT_EQ(::recv(late, &byte, 1, 0), 0);
    ::close(client);
    ::close(late);
}

TEST(Server, connections_beyond_the_limit_are_refused) {
    Fixture fixture;
    const auto server = fixture.make({.connections_max = 1});
    const int first = connect_to(*server);
    const int second = connect_to(*server);
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(::send(first, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    run_until_done(fixture.loop, drain_soon(fixture.loop, *server));
    EXPECT_THAT(received(first), ::testing::StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(received(second), ::testing::StartsWith("HTTP/1.1 503 "));
    ::close(first);
    ::close(second);
}

TEST(Server, connections_of_one_address_beyond_its_limit_are_refused_and_those_of_others_served) {
    Fixture fixture;
    const auto server = fixture.make({.connections_per_address_max = 1});
    const int first = connect_to(*server, "192.0.2.1");
    const int second = connect_to(*server, "192.0.2.1");
    const int other = connect_to(*server, "192.0.2.2");
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const int client : {first, other}) {
        EXPECT_EQ(::send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    }
    run_until_done(fixture.loop, drain_soon(fixture.loop, *server));
    EXPECT_THAT(received(first), ::testing::StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(received(second),
                ::testing::AllOf(::testing::StartsWith("HTTP/1.1 503 "), ::testing::HasSubstr("Retry-After: "),
                                 ::testing::HasSubstr("TOO_MANY_CONNECTIONS"), ::testing::HasSubstr("this address")));
    EXPECT_THAT(received(other), ::testing::StartsWith("HTTP/1.1 200 "));
    for (const int client : {first, second, other}) ::close(client);
}

TEST(Server, who_is_being_refused_takes_nobodys_place) {
    Fixture fixture;
    const auto server = fixture.make({.connections_max = 1});
    const int first = connect_to(*server);
    const int refused = connect_to(*server);
    run_until_done(fixture.loop, settle(fixture.loop));
    EXPECT_THAT(received(refused), ::testing::StartsWith("HTTP/1.1 503 "));
    ::close(first);
    run_until_done(fixture.loop, settle(fixture.loop));
    // The refused clients have not gone away yet.
    const int third = connect_to(*server);
    const std::string_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    EXPECT_EQ(::send(third, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    run_until_done(fixture.loop, drain_soon(fixture.loop, *server));
    EXPECT_THAT(received(third), ::testing::StartsWith("HTTP/1.1 200 "));
    ::close(refused);
    ::close(third);
}

TEST(ServerLimits, zero_is_refused_unless_it_means_something) {
    EXPECT_TRUE(ServerLimits{}.validate());
    EXPECT_TRUE(ServerLimits{.connections_per_address_max = 0}.validate());
    EXPECT_EQ(ServerLimits{.connections_max = 0}.validate().error().violations()[0].pointer, "/connections_max");
    EXPECT_FALSE(ServerLimits{.header_bytes_max = 0}.validate());
    EXPECT_FALSE((ServerLimits{.header_bytes_max = 100, .uri_bytes_max = 200}.validate()));
    EXPECT_FALSE(ServerLimits{.body_bytes_max = 0}.validate());
    EXPECT_FALSE(ServerLimits{.idle_time_max = 0ms}.validate());
    EXPECT_TRUE(ServerLimits{.keepalive_time = 0ms}.validate());
    EXPECT_FALSE(ServerLimits{.keepalive_time = -1ms}.validate());
}

}  // namespace
}  // namespace tw::http
