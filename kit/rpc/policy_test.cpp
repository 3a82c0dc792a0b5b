#include "kit/rpc/policy.hpp"

#include "kit/rpc/concurrency_limit.hpp"
#include "kit/rpc/deadline_limit.hpp"
#include "kit/rpc/placement_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// These tests cover what policies see of calls and may do to them, over the network and within the
// loop.
namespace tw::rpc::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Text text(std::string value) {
    Text message;
    message.set_value(std::move(value));
    return message;
}

/// Records what it sees. It waits, refuses calls or answers them itself if a test sets that.
class ObservingPolicy final : public Policy {
 public:
    ObservingPolicy(std::vector<std::string>& seen, std::string name) : seen_{seen}, name_{std::move(name)} {}

    Part part_in(const Method&) const override { return part; }
    ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override {
        note("before");
        if (waits) return judge_later(ctx.loop(), call);
        return judge(call);
    }
    void after(CallInfo&) noexcept override { note("after"); }
    Task<Result<void>> around(const CallContext& ctx, CallInfo&, const Message& request, Message& response, Next next) override {
        note("in: " + static_cast<const Text&>(request).value());
        if (answers) {
            static_cast<Text&>(response).set_value("from the policy");
            co_return Result<void>{};
        }
        auto done = co_await next(ctx);
        note(done ? "out: " + static_cast<const Text&>(response).value() : "failed");
        co_return done;
    }
    Task<Result<void>> around_stream(const CallContext& ctx, CallInfo&, ServerStream& stream, NextStream next) override {
        RecordingStream recording{*this, stream};
        note("in");
        auto done = co_await next(ctx, recording);
        note("out");
        co_return done;
    }

    Part part{.before = true, .around = true};
    bool waits = false;
    bool refuses = false;
    bool answers = false;
    std::optional<Principal> principal;

 private:
    /// Records each message of the stream of a call.
    class RecordingStream final : public ServerStream {
     public:
        RecordingStream(ObservingPolicy& policy, ServerStream& stream) : policy_{policy}, stream_{stream} {}
        Task<Result<bool>> read(Message& request) override {
            auto more = co_await stream_.read(request);
            if (more && *more) policy_.note("read: " + static_cast<const Text&>(request).value());
            co_return more;
        }
        Task<Result<void>> write(const Message& response, WriteOptions options) override {
            policy_.note("write: " + static_cast<const Text&>(response).value());
            co_return co_await stream_.write(response, options);
        }
        void send_head() override { stream_.send_head(); }

     private:
        ObservingPolicy& policy_;
        ServerStream& stream_;
    };

    Result<void> judge(CallInfo& call) const {
        if (refuses) return Error{Code::permission_denied, "REFUSED", "No."}.with_outcome_open(true);
        if (principal) call.principal = *principal;
        return {};
    }
    Task<Result<void>> judge_later(EventLoop& loop, CallInfo& call) {
        co_await hop_to(loop);
        note("has waited");
        co_return judge(call);
    }
    void note(std::string what) { seen_.push_back(name_ + " " + std::move(what)); }

    std::vector<std::string>& seen_;
    std::string name_;
};

class PolicyTest : public testing::TestWithParam<bool> {
 protected:
    PolicyTest() { at.use_policies({&outer, &inner}); }

    Result<Text> say(std::string what) { return at.run(at.say(std::move(what))); }
    /// Makes a call that counts to `number`. Returns the texts that came, or the error that ended
    /// the call.
    Result<std::vector<std::string>> count_to(int number) {
        return at.run([](Placement& at, int last) -> Task<Result<std::vector<std::string>>> {
            RootCall root{at.loop};
            const auto request = text(std::to_string(last));
            auto call = co_await call_server_streaming<Text>(at.channel(), root.context(), kCount, request);
            if (!call) co_return std::move(call).error();
            std::vector<std::string> came;
            while (true) {
                auto next = co_await call->read();
                if (!next) co_return std::move(next).error();
                if (!*next) co_return came;
                came.push_back((*next)->value());
            }
        }(at, number));
    }

    std::vector<std::string> seen;
    ObservingPolicy outer{seen, "outer"};
    ObservingPolicy inner{seen, "inner"};
    Placement at{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Placements, PolicyTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "network" : "local"; });

TEST_P(PolicyTest, policies_run_around_a_unary_call_in_order_and_see_its_messages) {
    ASSERT_TRUE(say("hello"));
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "outer in: hello", "inner in: hello", "inner out: hello",
                                  "outer out: hello", "inner after", "outer after"));
}

TEST_P(PolicyTest, policies_run_around_a_stream_and_see_each_message) {
    const auto came = count_to(2);
    ASSERT_TRUE(came);
    EXPECT_EQ(came->size(), 2U);
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "outer in", "inner in", "outer read: 2", "inner read: 2",
                                  "inner write: " + came->at(0), "outer write: " + came->at(0), "inner write: " + came->at(1),
                                  "outer write: " + came->at(1), "inner out", "outer out", "inner after", "outer after"));
}

TEST_P(PolicyTest, a_call_that_is_refused_before_its_message_is_read_has_done_nothing) {
    inner.refuses = true;
    const auto refused = say("hello");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "REFUSED");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "outer after"));
    seen.clear();
    EXPECT_EQ(count_to(2).error().reason(), "REFUSED");
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "outer after"));
}

TEST_P(PolicyTest, a_policy_that_waits_is_asked_in_its_turn) {
    outer.waits = true;
    ASSERT_TRUE(say("hello"));
    EXPECT_THAT(seen, ElementsAre("outer before", "outer has waited", "inner before", "outer in: hello", "inner in: hello",
                                  "inner out: hello", "outer out: hello", "inner after", "outer after"));
    seen.clear();
    inner.waits = inner.refuses = true;
    const auto refused = say("hello");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "REFUSED");
    EXPECT_FALSE(refused.error().outcome_open());
    EXPECT_THAT(seen, ElementsAre("outer before", "outer has waited", "inner before", "inner has waited", "outer after"));
}

TEST_P(PolicyTest, the_handler_gets_the_principal_that_a_policy_had_to_wait_for) {
    inner.waits = true;
    inner.principal = Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = "ann"};
    ASSERT_TRUE(say("who"));
    EXPECT_EQ(at.service.attributes.principal->id, "ann");
}

TEST_P(PolicyTest, a_policy_may_answer_instead_of_the_handler) {
    outer.answers = true;
    const auto answer = say("hello");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->value(), "from the policy");
    EXPECT_EQ(at.service.calls, 0);
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "outer in: hello", "inner after", "outer after"));
}

TEST_P(PolicyTest, a_request_that_breaks_the_contract_does_not_reach_around) {
    EXPECT_EQ(say("").error().code(), Code::invalid_argument);
    EXPECT_THAT(seen, ElementsAre("outer before", "inner before", "inner after", "outer after"));
}

TEST_P(PolicyTest, a_policy_is_called_only_in_the_steps_in_which_it_takes_part) {
    outer.part = {.before = true};
    inner.part = {};
    at.use_policies({&outer, &inner});
    ASSERT_TRUE(say("hello"));
    ASSERT_TRUE(count_to(1));
    EXPECT_THAT(seen, ElementsAre("outer before", "outer after", "outer before", "outer after"));
    at.use_policies({});
    seen.clear();
    ASSERT_TRUE(say("hello"));
    EXPECT_THAT(seen, IsEmpty());
}

TEST_P(PolicyTest, the_handler_gets_the_principal_that_a_policy_has_set) {
    outer.principal =
        Principal{.kind = Principal::Kind::user, .proof = Principal::Proof::token, .id = "ann", .roles = {"support"}};
    ASSERT_TRUE(say("who"));
    EXPECT_EQ(at.service.attributes.principal->id, "ann");
    EXPECT_EQ(at.service.attributes.principal->kind, Principal::Kind::user);
    outer.principal.reset();
    ASSERT_TRUE(say("who"));
    EXPECT_EQ(at.service.attributes.principal->kind, Principal::Kind::anonymous);
}

TEST_P(PolicyTest, a_deadline_that_a_policy_sets_ends_the_handler) {
    /// Gives each call one millisecond.
    struct ShortDeadline final : Policy {
        Part part_in(const Method&) const override { return {.before = true}; }
        ValueTask<Result<void>> before(const CallContext& ctx, CallInfo& call) override {
            call.deadline = Deadline::after(ctx.loop().now(), 1ms);
            return {};
        }
    } short_deadline;
    at.use_policies({&short_deadline});
    const auto over = say("wait");
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code(), Code::deadline_exceeded);
}

TEST_P(PolicyTest, the_contracts_deadline_is_set_whatever_the_caller_says) {
    DeadlineLimit limit;
    Metadata request, initial, trailing;
    CallInfo call{kSay, request, initial, trailing};
    RootCall root{at.loop};
    const auto begun = at.loop.now();
    auto answer = limit.before(root.context(), call);
    ASSERT_TRUE(answer.ready());
    ASSERT_TRUE(std::move(answer).take());
    ASSERT_TRUE(call.deadline);
    EXPECT_GE(*call.deadline, Deadline::after(begun, kSay.deadline));
    EXPECT_LE(*call.deadline, Deadline::after(at.loop.now(), kSay.deadline));
}

TEST_P(PolicyTest, calls_beyond_the_concurrency_limit_are_refused_and_the_others_count_until_they_end) {
    const auto count = std::make_shared<ConcurrencyLimit::Count>(0);
    ConcurrencyLimit limit{count, 1};
    at.use_policies({&limit});
    const auto run = [](Placement& at) -> Task<Result<Text>> {
        RootCall root{at.loop};
        auto waiting = co_await open_call<Text, Text>(at.channel(), root.context(), kChat);
        co_await waiting->write(text("hello"));
        static_cast<void>(co_await waiting->read());
        co_return co_await at.say("hello");
    };
    const auto refused = at.run(run(at));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().reason(), "OVERLOADED");
    EXPECT_FALSE(refused.error().outcome_open());
    at.run(at.settle());
    EXPECT_EQ(count->load(), 0U);
    EXPECT_TRUE(say("hello"));
}

/// Says as whom the answers of all calls are seen.
struct AnsweredTo final : Policy {
    explicit AnsweredTo(CallerSet seen_as) : callers{seen_as} {}
    Part part_in(const Method&) const override { return {.before = true}; }
    ValueTask<Result<void>> before(const CallContext&, CallInfo& call) override {
        call.answered_to = callers;
        return {};
    }
    CallerSet callers;
};

TEST_P(PolicyTest, fields_of_an_answer_are_hidden_from_who_may_not_see_them) {
    AnsweredTo support{set_of(Caller::support)};
    at.use_policies({&support});
    const auto hidden = say("hello");
    ASSERT_TRUE(hidden);
    EXPECT_EQ(hidden->value(), "");
    support.callers |= set_of(Caller::owner);
    EXPECT_EQ(say("hello")->value(), "hello");
    support.callers = kEveryCaller;
    EXPECT_EQ(say("hello")->value(), "hello");
}

TEST_P(PolicyTest, fields_of_each_answer_of_a_stream_are_hidden) {
    AnsweredTo support{set_of(Caller::support)};
    at.use_policies({&support});
    EXPECT_THAT(count_to(2).value(), ElementsAre("", ""));
    support.callers = set_of(Caller::owner);
    EXPECT_THAT(count_to(2).value(), ElementsAre("a", "b"));
}

TEST_P(PolicyTest, no_policy_can_show_what_is_hidden) {
    AnsweredTo support{set_of(Caller::support)};
    inner.answers = true;
    at.use_policies({&support, &outer, &inner});
    const auto hidden = say("hello");
    ASSERT_TRUE(hidden);
    EXPECT_EQ(hidden->value(), "");
    EXPECT_THAT(seen, testing::Contains("outer out: from the policy"));
}

}  // namespace
}  // namespace tw::rpc::test
