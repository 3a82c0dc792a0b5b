#include "kit/net/listener.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/descriptor.hpp"
#include "kit/net/sockets/endpoint.hpp"
#include "kit/net/stream_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <future>
#include <mutex>
#include <set>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

// These tests need the loopback interface, since they test binding and connecting.

namespace tw::net {
namespace {

using test::connect_to;
using namespace std::chrono_literals;

TEST(Listener, a_busy_port_is_a_failed_precondition_that_names_the_address) {
    const auto first = Listener::bind({"127.0.0.1", 0});
    ASSERT_TRUE(first);
    const auto second = Listener::bind((*first)->local());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::failed_precondition);
    EXPECT_EQ(second.error().reason(), "ADDRESS_IN_USE");
    EXPECT_NE(second.error().detail().find((*first)->local().to_string()), std::string::npos);
}

TEST(Listener, an_address_of_another_machine_is_invalid) {
    const auto listener = Listener::bind({"192.0.2.1", 0});
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().reason(), "ADDRESS_NOT_LOCAL");
}

TEST(Listener, connections_are_dealt_to_all_loops_in_turn) {
    LoopGroup loops{2};
    auto listener = Listener::bind({"localhost", 0}).value();
    std::mutex mutex;
    std::set<EventLoop*> seen;
    std::promise<void> enough;
    std::size_t count = 0;
    listener->start(loops, [&](EventLoop& loop, Socket socket) {
        const std::lock_guard lock{mutex};
        EXPECT_TRUE(loop.on_this_thread());
        EXPECT_EQ(socket.peer().host, "127.0.0.1");
        seen.insert(&loop);
        if (++count == 4) enough.set_value();
    });
    loops.start();
    EventLoop client;
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(run_until_done(client, connect_to(client, listener->local())));
    enough.get_future().wait();
    EXPECT_EQ(seen.size(), 2u);
    listener->close();
    listener->close();
    const auto refused = run_until_done(client, connect_to(client, listener->local()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    loops.stop();
}

/// While it exists, this process may have only some hundreds of descriptors.
struct FewDescriptors {
    FewDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const rlimit few{std::min<rlim_t>(before.rlim_cur, 256), before.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

    rlimit before{};
};

/// Returns every descriptor that this process may still have.
std::vector<Descriptor> take_all_descriptors() {
    std::vector<Descriptor> all;
    while (Descriptor one{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)}) all.push_back(std::move(one));
    EXPECT_EQ(errno, EMFILE);
    return all;
}

TEST(Listener, when_descriptors_have_run_out_accepting_goes_on_once_there_are_some) {
    LoopGroup loops{1};
    auto listener = Listener::bind({"127.0.0.1", 0}).value();
    std::atomic<bool> accepted = false;
    std::promise<void> done;
    listener->start(loops, [&](EventLoop&, Socket) {
        accepted = true;
        done.set_value();
    });
    loops.start();
    const Descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto there = Endpoint::from_literal(listener->local());
    {
        const FewDescriptors few;
        const auto all = take_all_descriptors();
        ASSERT_EQ(::connect(client.number(), there->data(), there->size), 0);
        // After these turns the listener has been notified of the connection.
        for (int turn = 0; turn < 100; ++turn) {
            std::promise<void> turned;
            loops.at(0).post([&] { turned.set_value(); });
            turned.get_future().wait();
        }
        EXPECT_FALSE(accepted);
    }
    done.get_future().wait();
    listener->close();
    loops.stop();
}

TEST(Connect, a_name_is_resolved_and_bytes_flow) {
    auto listener = Listener::bind({"127.0.0.1", 0}).value();
    EventLoop client;
    auto stream = run_until_done(client, connect_to(client, {"localhost", listener->local().port}));
    ASSERT_TRUE(stream) << stream.error().cause();
    EXPECT_EQ((*stream)->peer(), listener->local());
}

TEST(Connect, a_refusal_says_why_in_its_cause) {
    auto listener = Listener::bind({"127.0.0.1", 0}).value();
    const auto address = listener->local();
    listener.reset();
    EventLoop client;
    const auto stream = run_until_done(client, connect_to(client, address));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::unavailable);
    EXPECT_NE(stream.error().cause().find("refused"), std::string::npos) << stream.error().cause();
}

/// Each attempt gets the next port from the system, so one of so many gets the port that it
/// connects to. Linux gives clients ports of the same parity as the first of its range.
TEST(Connect, a_socket_that_meets_itself_is_a_refusal) {
    const Address address{"127.0.0.1", static_cast<std::uint16_t>(Listener::bind({"127.0.0.1", 0}).value()->local().port & ~1)};
    EventLoop client;
    for (int i = 0; i < 65'536; ++i) {
        const auto stream = run_until_done(client, connect_to(client, address));
        ASSERT_FALSE(stream) << "at attempt " << i;
        ASSERT_NE(stream.error().cause().find("refused"), std::string::npos) << stream.error().cause();
    }
}

Task<Result<std::unique_ptr<Stream>>> connect_cancelled(EventLoop& loop, Address address) {
    RootCall call{loop};
    call.scope().cancel(cancelled());
    co_return co_await connect(call.context(), loop, address, 5s);
}

TEST(Connect, a_call_that_is_over_connects_to_nobody) {
    EventLoop client;
    const auto stream = run_until_done(client, connect_cancelled(client, {"127.0.0.1", 1}));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace tw::net
