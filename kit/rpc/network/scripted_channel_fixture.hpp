#pragma once

#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/rpc/client.hpp"
#include "kit/rpc/echo_service_fixture.hpp"
#include "kit/rpc/network/network_transport.hpp"
#include "kit/rpc/network/scripted_callee_fixture.hpp"
#include "kit/telemetry/collected_spans.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <gtest/gtest.h>

/// A channel to the scripted callee, on the same loop.
namespace tw::rpc::test {

using namespace std::chrono_literals;

inline Method repeated(const Method& method, Idempotency idempotency) {
    auto copy = method;
    copy.idempotency = idempotency;
    return copy;
}

struct ScriptedChannel : testing::Test {
    ~ScriptedChannel() override {
        channel.reset();
        run_until_done(loop, end_of(callee));
    }

    EventLoop loop;
    tw::test::QuietTelemetry quiet;
    SystemClock clock;
    Random random{7};
    telemetry::CollectedSpans spans;
    telemetry::Tracer tracer{clock, random, &spans};
    Callee callee{loop};
    ChannelOptions options{.backoff_first = 1ms, .backoff_last = 1ms, .retry = {.backoff_first = 1ms, .budget_tokens_max = 100}};
    std::unique_ptr<Channel> channel;
    Method method = kSay;
    CallAttributes attributes;
    std::chrono::milliseconds time{20'000};

    /// The number of attempts to connect.
    int attempts = 0;
    bool connecting_fails = false;
    bool connecting_takes_for_ever = false;

    Task<Result<std::unique_ptr<net::Stream>>> connect_once(const CallContext& ctx) {
        ++attempts;
        if (connecting_takes_for_ever) {
            auto rested = co_await sleep_for(ctx, 24h);
            co_return std::move(rested).error();
        }
        if (connecting_fails) co_return unavailable("refused");
        co_return co_await callee.connect(ctx);
    }
    void connect() {
        if (channel) return;
        auto transport = std::make_unique<NetworkTransport>(loop, "callee:1", options,
                                                            [this](const CallContext& ctx) { return connect_once(ctx); });
        auto telemetry = quiet.get();
        channel = std::make_unique<CallerChannel>(
            loop, std::move(transport), telemetry::Telemetry{tracer, telemetry.log, telemetry.meter, telemetry.propagators},
            std::span<Interceptor* const>{});
    }
    Code call() {
        connect();
        const auto run = [](ScriptedChannel& at) -> Task<Code> {
            RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
            const auto ctx = root.context().with_attributes(std::make_shared<const CallAttributes>(at.attributes));
            Text request;
            request.set_value("hello");
            const auto answer = co_await call_unary<Text>(*at.channel, ctx, at.method, request);
            co_return answer ? Code::ok : answer.error().code();
        };
        return run_until_done(loop, run(*this));
    }
    /// Makes a server-streaming call. Returns the number of messages, and how the call ended.
    std::pair<int, Code> stream(std::string what = "hello") {
        connect();
        const auto run = [](ScriptedChannel& at, std::string what) -> Task<std::pair<int, Code>> {
            RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
            Text request;
            request.set_value(std::move(what));
            auto call = co_await call_server_streaming<Text>(*at.channel, root.context(), kCount, request);
            if (!call) co_return std::pair{0, call.error().code()};
            for (int messages = 0;; ++messages) {
                const auto next = co_await call->read();
                if (!next) co_return std::pair{messages, next.error().code()};
                if (!*next) co_return std::pair{messages, Code::ok};
            }
        };
        return run_until_done(loop, run(*this, std::move(what)));
    }
    std::string previous_attempts(std::size_t call) const {
        const auto found = callee.calls.at(call)->fields.find("grpc-previous-rpc-attempts");
        return found == callee.calls[call]->fields.end() ? "" : found->second;
    }
};

}  // namespace tw::rpc::test
