#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/echo_service_fixture.hpp"
#include "kit/rpc/network/network_transport.hpp"
#include "kit/rpc/server/http2_server.hpp"
#include "kit/rpc/standard/health_service.hpp"
#include "kit/testing/memory_stream.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::rpc::test {

/// Several servers of the echo service behind one channel, on one loop and in memory. Their
/// addresses are "replica:0" and so on.
struct Cluster {
    struct Replica {
        Replica(Cluster& home, bool with_health) {
            table.add(service, home.telemetry.get());
            if (!with_health) return;
            // The state is read so often that tests need not wait for it.
            health = HealthService::make(home.loop, [this](std::string_view) { return serving; }, std::chrono::milliseconds{1});
            table.add(*health, home.telemetry.get());
        }
        EchoService service;
        std::unique_ptr<HealthService> health;
        ServiceTable table;
        /// The server is made when a connection comes. It is null after a crash.
        std::unique_ptr<Http2Server> server;
        bool serving = true;
        bool unreachable = false;
        /// Called once, right before a connection is refused because the replica is unreachable.
        std::function<void()> before_refusal;
        int connections = 0;
    };

    ~Cluster() {
        channel_.reset();
        for (const auto& replica : replicas) replica->server.reset();
        run(settle());
    }

    EventLoop loop;
    tw::test::QuietTelemetry telemetry;
    ChannelOptions options{.backoff_first = std::chrono::milliseconds{1},
                           .backoff_last = std::chrono::milliseconds{5},
                           .resolve_interval_least = std::chrono::milliseconds{0},
                           .retry = {.backoff_first = std::chrono::milliseconds{1}}};
    std::vector<std::unique_ptr<Replica>> replicas;
    /// The replicas whose addresses a lookup finds. If the list is empty, the lookup fails. If it
    /// is unset, the addresses are fixed and include all replicas.
    std::optional<std::vector<std::size_t>> found;
    int lookups = 0;
    /// Lookups beyond this number run until their time is over.
    int lookups_max = 1'000'000;

    void add(int count, bool with_health = true) {
        for (int i = 0; i < count; ++i) replicas.push_back(std::make_unique<Replica>(*this, with_health));
    }
    /// Returns the channel, made at first use from the members above.
    Channel& channel() {
        if (!channel_) channel_ = make_channel();
        return *channel_;
    }
    void finds(std::vector<std::size_t> indices) { found = std::move(indices); }
    void crash(std::size_t index) {
        replicas.at(index)->unreachable = true;
        replicas.at(index)->server.reset();
    }
    std::vector<int> calls() const {
        std::vector<int> counts;
        for (const auto& replica : replicas) counts.push_back(replica->service.calls);
        return counts;
    }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop, std::move(task));
    }
    /// Lets all work that is ready run, turn after turn of the loop.
    Task<void> settle() {
        for (int i = 0; i < 100; ++i) co_await hop_to(loop);
    }
    Task<Result<Text>> say(std::string what, CallOptions* options = nullptr) {
        RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
        Text request;
        request.set_value(std::move(what));
        co_return co_await call_unary<Text>(channel(), call.context(), kSay, request, options);
    }
    /// Makes `times` calls one after the other. Returns how many succeeded.
    Task<int> say_often(int times) {
        int good = 0;
        for (int i = 0; i < times; ++i) {
            const auto answer = co_await say("hello");
            good += answer ? 1 : 0;
        }
        co_return good;
    }
    /// Makes calls until `done`, so that a test does not depend on time.
    Task<void> say_until(std::function<bool()> done) {
        RootCall call{loop};
        while (!done()) {
            static_cast<void>(co_await say("hello"));
            static_cast<void>(co_await sleep_for(call.context(), std::chrono::milliseconds{1}));
        }
    }

 private:
    std::unique_ptr<Channel> make_channel() {
        Target target{.text = "cluster", .addresses = {}};
        for (std::size_t i = 0; i < replicas.size(); ++i) target.addresses.push_back(address(i));
        NetworkTransport::Dependencies dependencies;
        dependencies.connector_to = [this](const net::Address& to) -> Connector {
            return [this, index = std::size_t{to.port}](const CallContext&) { return connect(index); };
        };
        if (found) dependencies.lookup = [this](const CallContext& ctx) { return look_up(ctx); };
        auto transport = std::make_unique<NetworkTransport>(loop, target, options, std::move(dependencies));
        return std::make_unique<CallerChannel>(loop, std::move(transport), telemetry.get(), std::span<Interceptor* const>{});
    }
    static net::Address address(std::size_t index) { return {"replica", static_cast<std::uint16_t>(index)}; }
    Task<Result<std::unique_ptr<net::Stream>>> connect(std::size_t index) {
        co_await hop_to(loop);
        auto& replica = *replicas.at(index);
        ++replica.connections;
        if (replica.unreachable) {
            if (const auto call = std::exchange(replica.before_refusal, {})) call();
            co_return unavailable("refused");
        }
        if (!replica.server) replica.server = std::make_unique<Http2Server>(loop, replica.table, ServerLimits{});
        auto pair = tw::test::MemoryStream::make_pair(loop);
        replica.server->serve_stream(std::move(pair.second));
        co_return std::unique_ptr<net::Stream>{std::move(pair.first)};
    }
    Task<Result<std::vector<net::Address>>> look_up(const CallContext& ctx) {
        co_await hop_to(loop);
        if (lookups == lookups_max) {
            auto rested = co_await sleep_for(ctx, std::chrono::hours{1});
            co_return std::move(rested).error();
        }
        ++lookups;
        if (found->empty()) co_return unavailable("no address").with_cause("the name server is away");
        std::vector<net::Address> addresses;
        for (const auto index : *found) addresses.push_back(address(index));
        co_return addresses;
    }

    std::unique_ptr<Channel> channel_;
};

struct ClusterTest : testing::Test {
    Cluster at;

    Connectivity connectivity_of(std::size_t index) { return at.channel().state().subchannels.at(index).connectivity; }
    /// Makes calls until every replica has a connection, or is known to have none.
    void warm_up() {
        at.run(at.say_until([this] {
            const auto subchannels = at.channel().state().subchannels;
            return !subchannels.empty() && std::ranges::all_of(subchannels, [](const auto& one) {
                return one.connectivity == Connectivity::ready || one.connectivity == Connectivity::transient_failure;
            });
        }));
        for (const auto& replica : at.replicas) replica->service.calls = 0;
    }
};

}  // namespace tw::rpc::test
