#include "kit/otlp/transport/tree_transport.hpp"

#include "kit/async/run.hpp"
#include "kit/otlp/trace_request_fixture.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using telemetry::Signal;
using testing::HasSubstr;
using Kind = SendOutcome::Kind;

class TreeTransportTest : public testing::Test {
 protected:
    TreeTransportTest() { EXPECT_EQ(::pipe2(pipe_.data(), O_NONBLOCK), 0); }
    ~TreeTransportTest() override {
        for (const int fd : pipe_) ::close(fd);
    }
    Kind send(TreeTransport& transport, const std::string& request, Signal signal = Signal::traces) {
        return run_until_done(loop_, transport.send(call_.context(), signal, request)).kind;
    }
    std::string printed() const {
        std::string text(1 << 16, '\0');
        const auto read = ::read(pipe_[0], text.data(), text.size());
        text.resize(read < 0 ? 0 : static_cast<std::size_t>(read));
        return text;
    }

    std::array<int, 2> pipe_{};
    EventLoop loop_;
    RootCall call_{loop_};
};

TEST_F(TreeTransportTest, a_trace_is_printed_in_the_round_after_its_root_came) {
    TreeTransport transport{loop_, pipe_[1], {}};
    EXPECT_EQ(send(transport, test::trace_request()), Kind::accepted);
    transport.end_round(false);
    EXPECT_EQ(printed(), "");
    transport.end_round(false);
    EXPECT_THAT(printed(), HasSubstr("trace 0102030405060708090a0b0c0d0e0fff, 1 span"));
}

TEST_F(TreeTransportTest, the_last_round_and_a_reached_bound_print_what_is_held) {
    TreeTransport transport{loop_, pipe_[1], {}};
    EXPECT_EQ(send(transport, test::trace_request()), Kind::accepted);
    transport.end_round(true);
    EXPECT_THAT(printed(), HasSubstr("unknown_service: work (server)"));
    TreeTransport small{loop_, pipe_[1], {.spans_max = 0}};
    EXPECT_EQ(send(small, test::trace_request()), Kind::accepted);
    EXPECT_THAT(printed(), HasSubstr("unknown_service: work (server)"));
}

TEST_F(TreeTransportTest, what_is_no_spans_is_refused) {
    TreeTransport transport{loop_, pipe_[1], {}};
    EXPECT_EQ(send(transport, "\xff"), Kind::refused);
    EXPECT_EQ(send(transport, test::trace_request(), Signal::logs), Kind::refused);
}

}  // namespace
}  // namespace tw::otlp
