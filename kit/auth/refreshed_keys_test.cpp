#include "kit/auth/refreshed_keys.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/sleep.hpp"
#include "kit/auth/keys/refresh_schedule.hpp"
#include "kit/auth/verifier_fixture.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <map>
#include <stdexcept>

#include <gmock/gmock.h>

// Keys that change while they are used: rotation, failures of the issuer, and time. The time is the
// fake clock's.
namespace tw::auth::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// An issuer whose answer a test sets.
class ScriptedJwks final : public JwksLocation {
 public:
    explicit ScriptedJwks(EventLoop& loop) : loop_{loop} {}

    Task<Result<std::string>> read(const CallContext& ctx) override {
        ++reads;
        auto result = answer;
        co_await hop_to(loop_);
        if (hangs) {
            if (auto slept = co_await sleep_for(ctx, 60s); !slept) co_return std::move(slept).error();
        }
        co_return result;
    }
    std::string name() const override { return "the test"; }

    Result<std::string> answer = unavailable("the issuer is down");
    bool hangs = false;
    int reads = 0;

 private:
    EventLoop& loop_;
};

class RefreshedKeysTest : public VerifierTest {
 public:
    RefreshedKeysTest() {
        jwks->answer = key.jwks();
        restart({});
    }
    ~RefreshedKeysTest() override { run_until_done(loop, keys->stop()); }

    void restart(const KeyRefreshOptions& refresh) {
        if (keys) run_until_done(loop, keys->stop());
        auto owned = std::make_unique<ScriptedJwks>(loop);
        owned->answer = jwks->answer;
        jwks = owned.get();
        keys = std::make_shared<RefreshedKeys>(loop, clock, telemetry::Telemetry{tracer, log, meter}, std::string{kIssuer},
                                               std::move(owned), refresh);
        use(rules(), keys);
        unused.reset();
    }
    /// A token that was issued just now.
    std::string fresh_token(const SigningKey& signer) const {
        auto claims = valid_claims();
        const auto now = clock.now().unix_micros() / 1'000'000;
        claims["iat"] = now;
        claims["exp"] = now + 600;
        claims["jti"] = ++jti;
        return signer.token(claims);
    }
    std::string reason_of(std::string_view token) {
        const auto verified = verify(token);
        return verified ? "" : verified.error().reason();
    }
    /// Verifies different tokens at the same time, and counts the reasons of refusals.
    std::map<std::string, int> verify_at_once(const SigningKey& signer, int count) {
        std::vector<std::string> tokens;
        for (int i = 0; i < count; ++i) tokens.push_back(fresh_token(signer));
        std::map<std::string, int> reasons;
        run_until_done(loop, verify_all(tokens, reasons));
        return reasons;
    }
    Task<void> verify_all(const std::vector<std::string>& tokens, std::map<std::string, int>& reasons) {
        Gate gate;
        for (const auto& token : tokens) spawn(gate, verify_one(token, reasons));
        co_await close_and_wait(gate);
    }
    Task<void> verify_one(std::string_view token, std::map<std::string, int>& reasons) {
        auto verified = co_await verifier->verify(call.context(), token);
        ++reasons[verified ? "" : verified.error().reason()];
    }
    /// Lets a reading in the background end.
    void settle() {
        run_until_done(loop, [](EventLoop& loop) -> Task<void> {
            for (int turn = 0; turn < 20; ++turn) co_await hop_to(loop);
        }(loop));
    }

    std::unique_ptr<ScriptedJwks> unused = std::make_unique<ScriptedJwks>(loop);
    ScriptedJwks* jwks = unused.get();
    Random random{7};
    telemetry::CollectedLogs logs;
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    telemetry::Logger log{"test", clock, logs, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    std::shared_ptr<RefreshedKeys> keys;
    SigningKey next_key = SigningKey::p256("key-2");
    mutable int jti = 0;
};

TEST_F(RefreshedKeysTest, keys_are_read_when_they_are_first_needed_and_once_for_all_who_wait) {
    EXPECT_EQ(jwks->reads, 0);
    EXPECT_EQ(verify_at_once(key, 50), (std::map<std::string, int>{{"", 50}}));
    EXPECT_EQ(jwks->reads, 1);
    EXPECT_TRUE(logs.contain("auth.keys_read"));
}

TEST_F(RefreshedKeysTest, a_rotation_without_notice_fails_no_call) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    clock.advance(60s);
    jwks->answer = next_key.jwks();
    EXPECT_EQ(verify_at_once(next_key, 50), (std::map<std::string, int>{{"", 50}}));
    EXPECT_EQ(jwks->reads, 2);
    EXPECT_EQ(reason_of(fresh_token(key)), "INVALID_TOKEN");
}

TEST_F(RefreshedKeysTest, a_key_that_came_after_the_reading_began_is_found_by_the_next_one) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    clock.advance(700s);
    // This use begins the periodic reading, whose answer is already fixed.
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    jwks->answer = next_key.jwks();
    EXPECT_EQ(verify_at_once(next_key, 10), (std::map<std::string, int>{{"", 10}}));
}

TEST_F(RefreshedKeysTest, unknown_names_cause_one_reading_in_a_pause) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    for (int i = 0; i < 100; ++i) EXPECT_EQ(reason_of(fresh_token(next_key)), "INVALID_TOKEN");
    EXPECT_EQ(jwks->reads, 2);
    clock.advance(29s);
    EXPECT_EQ(verify_at_once(next_key, 100), (std::map<std::string, int>{{"INVALID_TOKEN", 100}}));
    EXPECT_EQ(jwks->reads, 2);
    clock.advance(1s);
    EXPECT_EQ(verify_at_once(next_key, 100), (std::map<std::string, int>{{"INVALID_TOKEN", 100}}));
    EXPECT_EQ(jwks->reads, 3);
}

TEST_F(RefreshedKeysTest, keys_are_read_again_after_the_period_while_calls_go_on) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    clock.advance(539s);
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    settle();
    EXPECT_EQ(jwks->reads, 1);
    clock.advance(122s);
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    settle();
    EXPECT_EQ(jwks->reads, 2);
}

TEST_F(RefreshedKeysTest, a_token_that_is_remembered_causes_the_periodic_reading_too) {
    auto claims = valid_claims();
    claims["exp"] = kNow + 7'200;
    const auto token = key.token(claims);
    EXPECT_EQ(reason_of(token), "");
    clock.advance(700s);
    jwks->answer = next_key.jwks();
    EXPECT_EQ(reason_of(token), "");
    settle();
    EXPECT_EQ(jwks->reads, 2);
    // The issuer has withdrawn the key.
    EXPECT_EQ(reason_of(token), "INVALID_TOKEN");
}

TEST_F(RefreshedKeysTest, keys_outlive_an_issuer_that_is_down_for_an_hour_and_no_longer) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    jwks->answer = unavailable("connection refused");
    for (int minute = 0; minute < 59; ++minute) {
        clock.advance(60s);
        EXPECT_EQ(reason_of(fresh_token(key)), "") << minute;
        settle();
    }
    clock.advance(60s);
    EXPECT_EQ(reason_of(fresh_token(key)), "KEYS_UNAVAILABLE");
    EXPECT_TRUE(logs.contain("auth.keys_not_read"));
    ASSERT_TRUE(keys->failure());
    EXPECT_THAT(keys->failure()->detail(), HasSubstr("connection refused"));
    jwks->answer = key.jwks();
    clock.advance(30s);
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    EXPECT_FALSE(keys->failure());
}

TEST_F(RefreshedKeysTest, failures_are_repeated_after_growing_pauses) {
    jwks->answer = unavailable("connection refused");
    for (int i = 0; i < 100; ++i) EXPECT_EQ(reason_of(fresh_token(key)), "KEYS_UNAVAILABLE");
    EXPECT_EQ(jwks->reads, 1);
    for (int second = 0; second < 600; ++second) {
        clock.advance(1s);
        EXPECT_EQ(reason_of(fresh_token(key)), "KEYS_UNAVAILABLE");
        settle();
    }
    EXPECT_GE(jwks->reads, 20);
    EXPECT_LE(jwks->reads, 50);
}

TEST_F(RefreshedKeysTest, a_set_that_cannot_be_used_does_not_replace_the_former_one) {
    EXPECT_EQ(reason_of(fresh_token(key)), "");
    for (const auto* bad : {"", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})", "<html>502</html>"}) {
        clock.advance(700s);
        jwks->answer = std::string{bad};
        EXPECT_EQ(reason_of(fresh_token(key)), "") << bad;
        settle();
        ASSERT_TRUE(keys->failure()) << bad;
        EXPECT_EQ(keys->failure()->reason(), "INVALID_KEY_SET");
        jwks->answer = key.jwks();
        clock.advance(30s);
        EXPECT_EQ(reason_of(fresh_token(key)), "");
        settle();
        EXPECT_FALSE(keys->failure());
    }
}

TEST_F(RefreshedKeysTest, an_issuer_that_does_not_answer_is_left_after_the_timeout) {
    restart({.timeout = 5ms});
    jwks->hangs = true;
    EXPECT_EQ(reason_of(fresh_token(key)), "KEYS_UNAVAILABLE");
    ASSERT_TRUE(keys->failure());
    EXPECT_EQ(keys->failure()->code(), Code::deadline_exceeded);
}

TEST_F(RefreshedKeysTest, a_call_waits_no_longer_than_its_deadline) {
    jwks->hangs = true;
    RootCall brief{loop, Deadline::after(loop.now(), 5ms)};
    const auto token = fresh_token(key);
    const auto verified =
        run_until_done(loop, [](VerifierTest& self, RootCall& root, std::string_view given) -> Task<Result<int>> {
            auto done = co_await self.verifier->verify(root.context(), given);
            if (!done) co_return std::move(done).error();
            co_return 0;
        }(*this, brief, token));
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code(), Code::deadline_exceeded);
}

TEST_F(RefreshedKeysTest, stop_ends_a_reading_and_the_calls_that_wait_for_it) {
    jwks->hangs = true;
    std::map<std::string, int> reasons;
    const std::vector<std::string> tokens{fresh_token(key), fresh_token(next_key)};
    auto all = both(
        [](RefreshedKeysTest& self, const std::vector<std::string>& given, std::map<std::string, int>& out) -> Task<int> {
            co_await self.verify_all(given, out);
            co_return 0;
        }(*this, tokens, reasons),
        [](RefreshedKeysTest& self) -> Task<int> {
            co_await hop_to(self.loop);
            co_await self.keys->stop();
            co_return 0;
        }(*this));
    run_until_done(loop, std::move(all));
    EXPECT_EQ(reasons, (std::map<std::string, int>{{"KEYS_UNAVAILABLE", 2}}));
    EXPECT_EQ(jwks->reads, 1);
    restart({});
}

TEST(RefreshSchedule, readings_are_spread_by_a_tenth) {
    const KeyRefreshOptions options;
    const SteadyTime start{1h};
    for (const auto& [random, least, most] :
         {std::tuple{0.0, 539s, 541s}, std::tuple{0.5, 599s, 601s}, std::tuple{0.99, 657s, 660s}}) {
        RefreshSchedule schedule{options};
        EXPECT_TRUE(schedule.due(start));
        EXPECT_FALSE(schedule.usable(start));
        schedule.on_success(start, random);
        EXPECT_FALSE(schedule.due(start + least));
        EXPECT_TRUE(schedule.due(start + most));
    }
}

TEST(RefreshSchedule, age_and_pause_end_at_their_bounds) {
    const KeyRefreshOptions options;
    RefreshSchedule schedule{options};
    const SteadyTime start{1h};
    schedule.on_success(start, 0.5);
    EXPECT_TRUE(schedule.usable(start + 1h - 1ns));
    EXPECT_FALSE(schedule.usable(start + 1h));
    EXPECT_TRUE(schedule.may_look_for_unknown(start));
    schedule.on_unknown(start);
    EXPECT_FALSE(schedule.may_look_for_unknown(start + 30s - 1ns));
    EXPECT_TRUE(schedule.may_look_for_unknown(start + 30s));
}

TEST(KeyRefreshOptions, bounds_are_checked) {
    EXPECT_TRUE(KeyRefreshOptions{}.validate());
    EXPECT_FALSE(KeyRefreshOptions{.period = 999ms}.validate());
    EXPECT_FALSE((KeyRefreshOptions{.period = 10min, .age_max = 11min}.validate()));
    EXPECT_FALSE(KeyRefreshOptions{.unknown_pause = 0s}.validate());
    EXPECT_FALSE(KeyRefreshOptions{.retry_first = 0ms}.validate());
    EXPECT_FALSE((KeyRefreshOptions{.retry_first = 2s, .retry_last = 1s}.validate()));
    EXPECT_FALSE(KeyRefreshOptions{.timeout = 0ms}.validate());
}

}  // namespace
}  // namespace tw::auth::test
