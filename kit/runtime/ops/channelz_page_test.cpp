#include "kit/runtime/ops/channelz_page.hpp"

#include "kit/async/run.hpp"

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using namespace std::chrono_literals;

class ChannelzPageTest : public testing::Test {
 protected:
    http::Response page() {
        auto& loop = loops_.at(0);
        return run_until_done(loop, [](EventLoop& loop, RpcStateRegistry& registry, SteadyTime give_up) -> Task<http::Response> {
            RootCall root{loop, Deadline::at(give_up)};
            auto asked = channelz_page(root.context(), registry);
            co_return co_await std::move(asked);
        }(loop, registry_, loop.now() + 60s));
    }

    LoopGroup loops_{1};
    RpcStateRegistry registry_{loops_};
};

TEST_F(ChannelzPageTest, is_empty_where_nothing_serves) { EXPECT_EQ(page().body, R"({"modules":[]})"); }

TEST_F(ChannelzPageTest, shows_channels_and_servers_by_the_names_of_the_state) {
    registry_.set(0, [](std::vector<ModuleRpcState>& states) {
        rpc::SubchannelState subchannel{.address = "10.0.0.1:50051",
                                        .connectivity = rpc::Connectivity::transient_failure,
                                        .calls = {.started = 3, .succeeded = 1, .failed = 1},
                                        .impairment = rpc::Impairment::ejected,
                                        .streams_open = 1,
                                        .connections = 2,
                                        .last_failure = "the peer did not answer a keepalive ping"};
        rpc::ChannelState channel{.target = "dns:///user:50051",
                                  .policy = "round_robin",
                                  .connectivity = rpc::Connectivity::ready,
                                  .calls = {.started = 4, .succeeded = 2, .failed = 1},
                                  .retries = 1,
                                  .subchannels = {subchannel}};
        // One that begins after the page has asked for the time, so that the test need not know it.
        rpc::ConnectionState connection{.peer = "10.0.0.2:4711",
                                        .identity = "spiffe://shop/gateway",
                                        .since = SteadyTime::max(),
                                        .streams_open = 1,
                                        .streams_started = 7,
                                        .pings_received = 5};
        states.push_back(
            {.module = "order",
             .channels = {channel},
             .server = rpc::ServerState{
                 .calls = {.started = 7, .succeeded = 5, .failed = 1}, .connections_open = 1, .connections = {connection}}});
        states.push_back({.module = "gateway"});
    });
    EXPECT_EQ(
        page().body,
        R"({"modules":[{"module":"order","loop":0,"channels":[{"target":"dns:///user:50051","policy":"round_robin",)"
        R"("connectivity":"ready","calls":{"started":4,"succeeded":2,"failed":1},"retries":1,"subchannels":[)"
        R"({"address":"10.0.0.1:50051","connectivity":"transient_failure","impairment":"ejected","calls":{"started":3,"succeeded":1,"failed":1},)"
        R"("streams_open":1,"connections":2,"last_failure":"the peer did not answer a keepalive ping"}]}],)"
        R"("server":{"calls":{"started":7,"succeeded":5,"failed":1},"connections_open":1,"connections":[)"
        R"({"peer":"10.0.0.2:4711","identity":"spiffe://shop/gateway","age_ms":0,"streams_open":1,"streams_started":7,)"
        R"("pings_received":5}]}},{"module":"gateway","loop":0,"channels":[]}]})");
}

TEST_F(ChannelzPageTest, says_so_where_a_loop_does_not_answer) {
    LoopGroup silent{2};
    RpcStateRegistry registry{silent};
    auto& loop = silent.at(0);
    const auto answer = run_until_done(loop, [](EventLoop& loop, RpcStateRegistry& registry) -> Task<http::Response> {
        RootCall root{loop, Deadline::after(loop.now(), 20ms)};
        auto asked = channelz_page(root.context(), registry);
        co_return co_await std::move(asked);
    }(loop, registry));
    EXPECT_EQ(answer.status, 503);
}

}  // namespace
}  // namespace tw::runtime
