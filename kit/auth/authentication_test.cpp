#include "kit/auth/authentication.hpp"

#include "kit/auth/policies_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::auth::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AuthenticationTest : public PoliciesTest {
 public:
    AuthenticationTest() { use_policies(); }
};

TEST_F(AuthenticationTest, the_handler_learns_who_calls) {
    EXPECT_EQ(reason_of(kForOwner, token_with({"support"}, "a b")), "");
    EXPECT_EQ(shop.principal.kind, Principal::Kind::user);
    EXPECT_EQ(shop.principal.proof, Principal::Proof::token);
    EXPECT_EQ(shop.principal.id, "user-1");
    EXPECT_EQ(shop.principal.issuer, kIssuer);
    EXPECT_THAT(shop.principal.roles, ElementsAre("support"));
    EXPECT_THAT(shop.principal.scopes, ElementsAre("a", "b"));
    // The second call is answered from memory.
    EXPECT_EQ(reason_of(kForOwner, token_with({"support"}, "a b")), "");
    EXPECT_EQ(shop.principal.id, "user-1");
}

TEST_F(AuthenticationTest, the_token_is_kept_for_calls_to_other_processes) {
    const auto token = token_with({});
    EXPECT_EQ(reason_of(kForOwner, token), "");
    EXPECT_EQ(shop.authorization, "Bearer " + token);
    EXPECT_EQ(reason_of(kForAnyone, ""), "");
    EXPECT_EQ(shop.authorization, "");
}

TEST_F(AuthenticationTest, a_call_without_a_token_is_nobodys) {
    EXPECT_EQ(reason_of(kForAnyone, ""), "");
    EXPECT_EQ(shop.principal.kind, Principal::Kind::anonymous);
}

TEST_F(AuthenticationTest, a_refused_token_is_refused_everywhere_and_nobody_learns_why) {
    auto expired = valid_claims();
    expired["exp"] = kNow - 1'000;
    const auto other = SigningKey::p256("key-1");
    for (const auto& token : {key.token(expired), other.token(valid_claims()), std::string{"x"}, std::string(9'000, 'x')}) {
        for (const auto* method : kShopMethods) {
            const auto outcome = call_with(*method, {"Bearer " + token});
            EXPECT_EQ(outcome.code, Code::unauthenticated);
            EXPECT_EQ(outcome.reason, "INVALID_TOKEN");
            EXPECT_EQ(outcome.detail, "The access token is not valid.");
            EXPECT_EQ(outcome.challenge, R"(Bearer error="invalid_token")");
        }
    }
    EXPECT_EQ(shop.calls, 0);
}

TEST_F(AuthenticationTest, the_log_says_why_and_never_has_the_token) {
    auto claims = valid_claims();
    claims["exp"] = kNow - 1'000;
    const auto token = key.token(claims);
    EXPECT_EQ(reason_of(kForOwner, token), "INVALID_TOKEN");
    EXPECT_TRUE(logs.contain("auth.token_refused"));
    EXPECT_TRUE(logs.contain("\"expired\""));
    for (const auto& line : logs.lines()) {
        EXPECT_THAT(line, Not(HasSubstr(token.substr(token.rfind('.')))));
        EXPECT_THAT(line, Not(HasSubstr(token.substr(0, 40))));
    }
}

TEST_F(AuthenticationTest, other_forms_of_the_field_are_refused) {
    const auto token = key.token(valid_claims());
    const std::vector<std::vector<std::string>> forms{
        {"Basic dXNlcjpwYXNz"},    {token}, {"Bearer"}, {"Bearer "}, {"Bearer " + token, "Bearer " + token},
        {"Bearer " + token + " x"}};
    for (const auto& fields : forms) {
        EXPECT_EQ(call_with(kForAnyone, fields).reason, "INVALID_TOKEN") << fields.front();
    }
    EXPECT_EQ(call_with(kForAnyone, {"bearer " + token}).reason, "");
}

TEST_F(AuthenticationTest, a_token_counts_before_the_certificate_of_the_connection) {
    EXPECT_EQ(reason_of(kForAnyone, "", "spiffe://shop/order"), "");
    EXPECT_EQ(shop.principal.id, "spiffe://shop/order");
    EXPECT_EQ(reason_of(kForAnyone, key.token(valid_claims()), "spiffe://shop/order"), "");
    EXPECT_EQ(shop.principal.id, "user-1");
    EXPECT_EQ(reason_of(kForAnyone, "x", "spiffe://shop/order"), "INVALID_TOKEN");
}

TEST_F(AuthenticationTest, in_development_a_call_without_a_token_may_be_the_operators) {
    use_policies({.without_token = Principal{.kind = Principal::Kind::operator_, .id = "development"}},
                 {.all_without_token = true});
    for (const auto* method : kShopMethods) EXPECT_EQ(reason_of(*method, ""), "") << method->name;
    EXPECT_EQ(shop.principal.kind, Principal::Kind::operator_);
    EXPECT_EQ(reason_of(kForOwner, "x"), "INVALID_TOKEN");
    EXPECT_EQ(reason_of(kForSupport, key.token(valid_claims())), "CALLER_NOT_ALLOWED");
    EXPECT_EQ(reason_of(kForOwner, "", "spiffe://shop/order"), "") << "a certificate is no token";
}

/// An issuer whose keys cannot be had.
class NoKeys final : public KeySource {
 public:
    const KeySet* current() override { return nullptr; }
    Task<Result<void>> refresh(const CallContext& ctx) override {
        co_await hop_to(ctx.loop());
        co_return Result<void>{};
    }
};

TEST_F(AuthenticationTest, a_call_may_be_repeated_when_the_keys_are_not_available) {
    use(rules(), std::make_shared<NoKeys>());
    use_policies();
    const auto outcome = call_with(kForOwner, {"Bearer " + key.token(valid_claims())});
    EXPECT_EQ(outcome.code, Code::unavailable);
    EXPECT_EQ(outcome.reason, "KEYS_UNAVAILABLE");
    EXPECT_EQ(outcome.challenge, "");
    EXPECT_EQ(shop.calls, 0);
}

Task<Result<int>> count_answers(rpc::Channel& channel, const CallContext& ctx, std::string token, rpc::CallOptions& options) {
    if (!token.empty()) options.metadata.emplace_back("authorization", "Bearer " + token);
    const Text request;
    auto stream = co_await rpc::call_server_streaming<Text>(channel, ctx, kWatch, request, &options);
    if (!stream) co_return std::move(stream).error();
    for (int answers = 0;; ++answers) {
        auto next = co_await stream->read();
        if (!next) co_return next.error();
        if (!*next) co_return answers;
        EXPECT_EQ(answers, 0);
    }
}

TEST_F(AuthenticationTest, a_stream_ends_when_its_token_and_the_skew_are_over) {
    auto claims = valid_claims();
    claims["iat"] = kNow - 100;
    claims["exp"] = kNow - 29;
    // The issuer's rules grant 30 s, so that 50 ms are left.
    clock.advance(std::chrono::milliseconds{950});
    channel = rpc::make_local_channel(loop, table, {tracer, log, meter});
    rpc::CallOptions with_token;
    const auto begun = loop.now();
    const auto ended = run_until_done(loop, count_answers(*channel, call.context(), key.token(claims), with_token));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Code::unauthenticated);
    EXPECT_EQ(ended.error().reason(), "INVALID_TOKEN");
    EXPECT_GE(loop.now() - begun, std::chrono::milliseconds{40});
    EXPECT_TRUE(logs.contain("auth.stream_ended"));
    EXPECT_FALSE(logs.contain("auth.token_refused"));
}

TEST_F(AuthenticationTest, a_stream_with_a_longer_token_or_none_ends_by_its_deadline) {
    channel = rpc::make_local_channel(loop, table, {tracer, log, meter});
    for (const auto& token : {token_with({}), std::string{}}) {
        CancelScope scope{loop, Deadline::after(loop.now(), std::chrono::milliseconds{50})};
        const auto ctx = call.context().with_scope(scope);
        rpc::CallOptions with_token;
        const auto ended = run_until_done(loop, count_answers(*channel, ctx, token, with_token));
        ASSERT_FALSE(ended);
        EXPECT_EQ(ended.error().code(), Code::deadline_exceeded);
    }
}

}  // namespace
}  // namespace tw::auth::test
