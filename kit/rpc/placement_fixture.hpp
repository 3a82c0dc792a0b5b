#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/echo_service_fixture.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/rpc/network/network_transport.hpp"
#include "kit/rpc/server/http2_server.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/collected_spans.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace tw::rpc::test {

/// The echo service and a channel to it on one loop. Over the network there are also a server and a
/// connection in memory.
struct Placement {
    explicit Placement(bool network, const telemetry::Propagators& chosen = {}) : over_network{network}, propagators{chosen} {
        table.add(service, {server_tracer, log, server_meter, propagators});
    }
    ~Placement() {
        drop_channel();
        drop_server();
        // Connections end in later turns of the loop.
        run(settle());
    }

    bool over_network;
    telemetry::Propagators propagators;
    EventLoop loop;
    SystemClock clock;
    Random random{7};
    telemetry::CollectedSpans client_spans;
    telemetry::CollectedSpans server_spans;
    telemetry::CollectedLogs logs;
    telemetry::Meter client_meter;
    telemetry::Meter server_meter;
    telemetry::Tracer client_tracer{clock, random, &client_spans};
    telemetry::Tracer server_tracer{clock, random, &server_spans};
    telemetry::Logger log{"echo", clock, logs, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    EchoService service;
    ServiceTable table;

    ServerLimits server_limits;
    /// Calls are not repeated, unless a test asks for it.
    ChannelOptions channel_options{.retry = {.attempts_max = 1}};
    std::vector<Interceptor*> client_interceptors;
    /// Set by `use_policies`.
    std::vector<Policy*> policies;
    int connections = 0;
    bool unreachable = false;

    /// Returns the server, made at first use from the members above.
    Http2Server& server() {
        if (!server_) server_ = std::make_unique<Http2Server>(loop, table, server_limits);
        return *server_;
    }
    Channel& channel() {
        if (!channel_) channel_ = over_network ? network_channel() : local_channel();
        return *channel_;
    }
    void use_policies(std::vector<Policy*> chosen) {
        policies = std::move(chosen);
        table.set_policies(policies);
    }
    void drop_channel() { channel_.reset(); }
    void drop_server() { server_.reset(); }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop, std::move(task));
    }
    /// Lets all work that is ready run, turn after turn of the loop.
    Task<void> settle() {
        for (int i = 0; i < 100; ++i) co_await hop_to(loop);
    }
    Task<Result<Text>> say(std::string what) {
        RootCall call{loop};
        Text request;
        request.set_value(std::move(what));
        co_return co_await call_unary<Text>(channel(), call.context(), kSay, request);
    }

 private:
    std::unique_ptr<Channel> local_channel() {
        return make_local_channel(loop, table, {client_tracer, log, client_meter, propagators}, client_interceptors);
    }
    std::unique_ptr<Channel> network_channel() {
        Connector connector = [this](const CallContext& ctx) { return connect(ctx); };
        auto transport =
            std::make_unique<NetworkTransport>(loop, "echo:50051", channel_options, std::move(connector), propagators);
        return std::make_unique<CallerChannel>(loop, std::move(transport), telemetry::Telemetry{client_tracer, log, client_meter},
                                               client_interceptors);
    }
    Task<Result<std::unique_ptr<net::Stream>>> connect(const CallContext&);

    std::unique_ptr<Http2Server> server_;
    std::unique_ptr<Channel> channel_;
};

}  // namespace tw::rpc::test
