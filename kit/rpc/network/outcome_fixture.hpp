#pragma once

#include "kit/base/encoding.hpp"
#include "kit/rpc/network/scripted_channel_fixture.hpp"
#include "kit/rpc/wire/status_details.hpp"

#include <functional>
#include <ostream>

/// Calls that fail, and what their channel reports about them.
namespace tw::rpc::test {

/// The answer of a callee that uses this kit, which sends the error's details.
inline Answer answer_of(const Error& error) {
    return {.status = static_cast<int>(error.code()),
            .metadata = {{"grpc-status-details-bin", base64_encode(encode_details(error, "tw"))}}};
}

inline Answer proxy_page(std::string http_status) {
    return {.http_status = std::move(http_status),
            .content_type = "text/plain",
            .body = "no upstream",
            .status_text = std::string{kNoStatus}};
}

struct Outcome {
    Code code;
    bool open;
    bool retryable;
    bool operator==(const Outcome&) const = default;
    friend void PrintTo(const Outcome& outcome, std::ostream* out) {
        *out << code_name(outcome.code) << (outcome.open ? ", open" : "") << (outcome.retryable ? ", retryable" : "");
    }
};

inline Outcome outcome_of(const Error& error) { return {error.code(), error.outcome_open(), error.retryable()}; }

/// One call that fails, unary or streaming. `during` runs at the same time and may end the call by
/// its scope.
struct OutcomeTest : ScriptedChannel, testing::WithParamInterface<bool> {
    using During = std::function<Task<void>(OutcomeTest& at, CancelScope& scope)>;

    OutcomeTest() {
        options.retry.attempts_max = 1;
        // The method may not be repeated, so that only the outcome decides whether an error is
        // retryable.
        contract(Idempotency::none);
    }

    static bool unary() { return GetParam(); }
    void contract(Idempotency idempotency) { method = repeated(unary() ? kSay : kChat, idempotency); }

    Result<void> outcome(During during = nullptr) {
        connect();
        return run_until_done(loop, run(*this, std::move(during)));
    }
    Error failure(During during = nullptr) {
        auto ended = outcome(std::move(during));
        EXPECT_FALSE(ended);
        return ended ? Error{Code::unknown, "NO_FAILURE", ""} : std::move(ended).error();
    }
    /// Makes one call, so that there is a connection from now on.
    void warm_up() {
        ASSERT_TRUE(outcome());
        callee.calls.clear();
    }
    Task<void> turns(int count = 50) {
        for (int i = 0; i < count; ++i) co_await hop_to(loop);
    }

    static Task<Result<void>> run(OutcomeTest& at, During during) {
        RootCall root{at.loop, Deadline::after(at.loop.now(), at.time)};
        const auto ctx = root.context().with_attributes(std::make_shared<const CallAttributes>(at.attributes));
        Result<void> ended;
        Gate gate;
        spawn(gate, unary() ? say(at, ctx, ended) : chat(at, ctx, ended));
        if (during) co_await during(at, root.scope());
        co_await close_and_wait(gate);
        co_return ended;
    }
    static Task<void> say(OutcomeTest& at, const CallContext& ctx, Result<void>& ended) {
        Text request;
        request.set_value("hello");
        auto answer = co_await call_unary<Text>(*at.channel, ctx, at.method, request);
        if (!answer) ended = std::move(answer).error();
    }
    static Task<void> chat(OutcomeTest& at, const CallContext& ctx, Result<void>& ended) {
        Text request;
        request.set_value("hello");
        auto call = co_await open_call<Text, Text>(*at.channel, ctx, at.method);
        if (!call) {
            ended = std::move(call).error();
            co_return;
        }
        // The reader gets the error of a write that fails.
        static_cast<void>(co_await call->write(request));
        static_cast<void>(co_await call->finish_writes());
        while (true) {
            auto next = co_await call->read();
            if (!next) ended = std::move(next).error();
            if (!next || !*next) co_return;
        }
    }
};

}  // namespace tw::rpc::test
