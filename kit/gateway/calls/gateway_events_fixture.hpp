#pragma once

#include "gateway_sample.tw.hpp"
#include "kit/async/run.hpp"
#include "kit/async/sleep.hpp"
#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/cors.hpp"
#include "kit/http/streamed_body.hpp"
#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/quiet_telemetry.hpp"
#include "kit/testing/virtual_time.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::gateway {

/// Serves watches as the test says.
class WatchedUsers final : public ::sample::WatchService {
 public:
    std::function<Task<Result<void>>(const CallContext& ctx, rpc::Writer<::sample::User>& users)> on_watch;
    ::sample::WatchUserRequest request;
    int calls = 0;
    std::optional<Error> over;

    Task<Result<void>> watch_user(const CallContext& ctx, const ::sample::WatchUserRequest& asked,
                                  rpc::Writer<::sample::User>& users) override {
        ++calls;
        request = asked;
        Result<void> done;
        if (on_watch) done = co_await on_watch(ctx, users);
        over = ctx.over();
        co_return done;
    }
};

/// Collects the parts of a body. It may stop to take any.
class CollectedBody final : public http::BodyWriter {
 public:
    std::vector<std::string> parts;
    bool blocked = false;
    Signal unblocked;

    Task<Result<void>> write(std::string_view part) override {
        parts.emplace_back(part);
        while (blocked) co_await unblocked;
        co_return Result<void>{};
    }
    std::string all() const {
        std::string text;
        for (const auto& part : parts) text += part;
        return text;
    }
};

/// Counts calls, and sees the messages of streams.
class StreamGuard final : public rpc::Policy {
 public:
    Part part_in(const rpc::Method&) const override { return {.before = true, .around = true}; }
    ValueTask<Result<void>> before(const CallContext&, rpc::CallInfo& call) override {
        call.initial_metadata.emplace_back("guarded", "yes");
        ++open;
        if (refuses) return Error{Code::permission_denied, "CLOSED", "The shop is closed."};
        return {};
    }
    void after(rpc::CallInfo&) noexcept override { --open; }
    Task<Result<void>> around_stream(const CallContext& ctx, rpc::CallInfo&, rpc::ServerStream& stream,
                                     NextStream next) override {
        ++around_count;
        co_return co_await next(ctx, stream);
    }
    bool refuses = false;
    int open = 0;
    int around_count = 0;
};

class GatewayEventsTest : public testing::Test {
 protected:
    GatewayEventsTest() {
        gateway_.set_policies(policies_);
        table_.add(users_, telemetry_.get());
        EXPECT_TRUE(gateway_.add(::sample::watch_service_routes(), *channel_));
    }

    /// Sends a request, and lets the answer begin and run for a while.
    void ask(http::Request request, std::chrono::nanoseconds while_running = std::chrono::milliseconds{1}) {
        request_ = std::move(request);
        spawn(gate_, serve());
        pass(while_running);
    }
    void watch(std::string query = "", std::chrono::nanoseconds while_running = std::chrono::milliseconds{1}) {
        ask({.method = "GET", .path = "/api/users/u1/events", .query = std::move(query)}, while_running);
    }
    void watch_with(std::string name, std::string value) {
        http::Request request{.method = "GET", .path = "/api/users/u1/events"};
        request.headers.add(std::move(name), std::move(value));
        ask(std::move(request));
    }
    void pass(std::chrono::nanoseconds time) {
        RootCall call{loop_};
        run_until_done(loop_, [](const CallContext& ctx, std::chrono::nanoseconds time) -> Task<void> {
            static_cast<void>(co_await sleep_for(ctx, time));
        }(call.context(), time));
    }
    /// Ends the stream, as the server does when the client has gone.
    void leave() {
        stream_.scope().cancel(cancelled());
        pass(std::chrono::milliseconds{1});
    }
    void TearDown() override {
        leave();
        run_until_done(loop_, close_and_wait(gate_));
    }

    test::VirtualTime time_;
    test::QuietTelemetry telemetry_;
    EventLoop loop_;
    WatchedUsers users_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(loop_, table_, telemetry_.get());
    StreamGuard guard_;
    Cors cors_ = *Cors::allowing("https://shop.example", std::chrono::seconds{600});
    std::vector<rpc::Policy*> policies_{&guard_, &cors_};
    Gateway gateway_{telemetry_.get()};
    http::Request request_;
    /// The head, when it is known.
    std::optional<http::Response> head_;
    CollectedBody body_;
    bool ended_ = false;

 private:
    /// Does what a server does with a streamed answer.
    Task<void> serve() {
        head_.reset();
        auto head = co_await gateway_.answer(call_.context(), request_);
        const auto body = head.stream;
        if (request_.method != "HEAD" && body != nullptr) {
            co_await body->begin(stream_.context(), head);
            head_ = head;
            if (head.stream != nullptr) {
                const auto done = co_await body->run(stream_.context(), body_);
                EXPECT_TRUE(done);
            }
        }
        head_ = head;
        ended_ = true;
    }

    RootCall call_{loop_};
    RootCall stream_{loop_};
    Gate gate_;
};

}  // namespace tw::gateway
