#include "kit/net/h2_session_fixture.hpp"
#include "kit/rpc/placement_fixture.hpp"
#include "kit/rpc/server/server_call.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

// These tests cover how many ended calls a server keeps for later use.
namespace tw::rpc::test {
namespace {

constexpr std::size_t kKeptMax = 256;
constexpr net::H2Limits kLimits{.streams_max = 2 * kKeptMax, .resets_max = 2 * kKeptMax};

/// A connection whose requests are calls of one server.
class Calls final : public net::H2Events {
 public:
    explicit Calls(Placement& at) : core{new ServerCore{at.loop, at.table, at.server_limits, {}}} {}

    const std::shared_ptr<ServerCore> core;
    net::H2Session session{net::H2Session::Side::server, kLimits, *this, [] {}};

 private:
    net::H2Stream* on_request() override { return &ServerCall::take(core, origin_); }

    const std::shared_ptr<const CallAttributes> attributes_ = std::make_shared<const CallAttributes>();
    std::shared_ptr<const std::string> authority_;
    CallOrigin origin_{SteadyTime{}, attributes_, authority_};
};

class IdleCallsTest : public net::test::H2SessionTest {
 protected:
    /// Opens `count` calls. Their messages are not sent.
    void open(std::size_t count) {
        const std::vector<net::H2Field> fields{{":method", "POST"},
                                               {":scheme", "http"},
                                               {":path", "/test.EchoService/Say"},
                                               {":authority", "echo"},
                                               {"content-type", "application/grpc"}};
        talk();
        for (std::size_t i = 0; i < count; ++i) {
            requests_.push_back(std::make_unique<net::test::Recorder>());
            ASSERT_TRUE(client.session.request(*requests_.back(), fields, false));
        }
        talk();
        ASSERT_EQ(calls_.session.streams(), count);
    }
    void end_all() {
        for (const auto& request : requests_) {
            if (request->open()) request->reset(net::H2Code::cancel);
        }
        talk();
        ASSERT_EQ(calls_.session.streams(), 0U);
    }
    std::size_t kept() const { return calls_.core->idle_calls.size(); }

 private:
    void talk() {
        std::string bytes;
        do {
            bytes.clear();
            ASSERT_TRUE(client.session.pull(bytes, 1 << 20));
            ASSERT_TRUE(calls_.session.receive(bytes, now));
            bytes.clear();
            ASSERT_TRUE(calls_.session.pull(bytes, 1 << 20));
            ASSERT_TRUE(client.session.receive(bytes, now));
        } while (!bytes.empty());
    }

    Placement at_{true};
    std::vector<std::unique_ptr<net::test::Recorder>> requests_;
    Calls calls_{at_};
};

TEST_F(IdleCallsTest, calls_that_ended_are_kept_and_used_again) {
    open(3);
    EXPECT_EQ(kept(), 0U);
    end_all();
    EXPECT_EQ(kept(), 3U);
    open(2);
    EXPECT_EQ(kept(), 1U);
    end_all();
}

TEST_F(IdleCallsTest, the_number_of_calls_that_are_kept_is_bounded) {
    open(kKeptMax + 10);
    end_all();
    EXPECT_EQ(kept(), kKeptMax);
}

}  // namespace
}  // namespace tw::rpc::test
