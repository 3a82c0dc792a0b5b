#include "kit/runtime/ops/channelz_page.hpp"

#include "kit/http/problem.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

namespace json = boost::json;

std::string_view name_of(rpc::Connectivity connectivity) {
    switch (connectivity) {
        case rpc::Connectivity::idle:
            return "idle";
        case rpc::Connectivity::connecting:
            return "connecting";
        case rpc::Connectivity::ready:
            return "ready";
        case rpc::Connectivity::transient_failure:
            return "transient_failure";
    }
    return "unknown";
}

std::string_view name_of(rpc::Impairment impairment) {
    switch (impairment) {
        case rpc::Impairment::none:
            return "none";
        case rpc::Impairment::circuit_open:
            return "circuit_open";
        case rpc::Impairment::ejected:
            return "ejected";
    }
    return "unknown";
}

json::object to_json(const rpc::CallCounts& calls) {
    return {{"started", calls.started}, {"succeeded", calls.succeeded}, {"failed", calls.failed}};
}

json::object to_json(const rpc::SubchannelState& subchannel) {
    return {{"address", subchannel.address},
            {"connectivity", name_of(subchannel.connectivity)},
            {"impairment", name_of(subchannel.impairment)},
            {"calls", to_json(subchannel.calls)},
            {"streams_open", subchannel.streams_open},
            {"connections", subchannel.connections},
            {"last_failure", subchannel.last_failure}};
}

json::object to_json(const rpc::ChannelState& channel) {
    json::array subchannels;
    for (const auto& subchannel : channel.subchannels) subchannels.push_back(to_json(subchannel));
    return {{"target", channel.target},        {"policy", channel.policy},   {"connectivity", name_of(channel.connectivity)},
            {"calls", to_json(channel.calls)}, {"retries", channel.retries}, {"subchannels", std::move(subchannels)}};
}

json::object to_json(const rpc::ConnectionState& connection, SteadyTime now) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - std::min(now, connection.since));
    return {{"peer", connection.peer},
            {"identity", connection.identity},
            {"age_ms", std::int64_t{age.count()}},
            {"streams_open", connection.streams_open},
            {"streams_started", connection.streams_started},
            {"pings_received", connection.pings_received}};
}

json::object to_json(const rpc::ServerState& server, SteadyTime now) {
    json::array connections;
    for (const auto& connection : server.connections) connections.push_back(to_json(connection, now));
    return {
        {"calls", to_json(server.calls)}, {"connections_open", server.connections_open}, {"connections", std::move(connections)}};
}

json::object to_json(const ModuleRpcState& state, SteadyTime now) {
    json::array channels;
    for (const auto& channel : state.channels) channels.push_back(to_json(channel));
    json::object out{{"module", state.module}, {"loop", state.loop}, {"channels", std::move(channels)}};
    if (state.server) out.emplace("server", to_json(*state.server, now));
    return out;
}

}  // namespace

Task<http::Response> channelz_page(const CallContext& ctx, RpcStateRegistry& registry) {
    auto collecting = registry.collect(ctx);
    const auto states = co_await std::move(collecting);
    if (!states) co_return http::problem(states.error(), ctx.trace(), "/channelz");
    const auto now = ctx.loop().now();
    json::array modules;
    for (const auto& state : *states) modules.push_back(to_json(state, now));
    const json::object page{{"modules", std::move(modules)}};
    co_return http::Response{.body = json::serialize(page), .route = "/channelz"};
}

}  // namespace tw::runtime
