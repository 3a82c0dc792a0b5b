#include "kit/net/stream.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/net/stream_fixture.hpp"

#include <array>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tw::net {
namespace {

using test::close_soon;
using test::read_once;
using test::read_to_end;
using test::write_and_finish;
/// Two streams that are each other's peer.
struct Pair {
    EventLoop loop;
    std::unique_ptr<Stream> near;
    std::unique_ptr<Stream> far;

    Pair() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        near = make_tcp_stream(loop, Socket{ends[0], {"near", 1}});
        far = make_tcp_stream(loop, Socket{ends[1], {"far", 2}});
    }
};

TEST(Stream, what_is_written_arrives) {
    Pair pair;
    const auto [read, written] = run_until_done(pair.loop, both(read_to_end(*pair.near), write_and_finish(*pair.far, "hello")));
    EXPECT_EQ(read.value(), "hello");
    EXPECT_EQ(written.value(), 5u);
}

TEST(Stream, a_write_larger_than_the_systems_buffer_is_taken_whole) {
    Pair pair;
    std::string large(4 * 1024 * 1024, 'x');
    large.front() = 'a';
    large.back() = 'z';
    const auto [written, read] = run_until_done(pair.loop, both(write_and_finish(*pair.far, large), read_to_end(*pair.near)));
    EXPECT_EQ(written.value(), large.size());
    EXPECT_TRUE(read.value() == large);
}

TEST(Stream, close_ends_a_waiting_read_with_cancelled) {
    Pair pair;
    const auto [read, closed] = run_until_done(pair.loop, both(read_once(*pair.near), close_soon(pair.loop, *pair.near)));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), Code::cancelled);
    const auto after = run_until_done(pair.loop, read_once(*pair.near));
    EXPECT_EQ(after.error().code(), Code::cancelled);
}

TEST(Stream, writing_to_a_peer_that_is_gone_is_unavailable) {
    Pair pair;
    pair.near.reset();
    const auto written = run_until_done(pair.loop, write_and_finish(*pair.far, "hello"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), Code::unavailable);
    EXPECT_NE(written.error().cause().find("far:2"), std::string::npos);
}

}  // namespace
}  // namespace tw::net
