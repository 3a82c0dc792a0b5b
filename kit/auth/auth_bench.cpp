#include "kit/auth/authentication.hpp"
#include "kit/auth/authorization.hpp"
#include "kit/auth/token_fixture.hpp"
#include "kit/auth/token_verifier.hpp"
#include "kit/rpc/admission.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <stdexcept>

#include <benchmark/benchmark.h>

namespace tw::auth {
namespace {

/// A token of the usual size, about 800 bytes.
boost::json::object usual_claims() {
    auto claims = test::valid_claims();
    claims["scope"] = "openid profile email orders:read orders:write";
    claims["roles"] = {"support", "merchant"};
    claims["sid"] = std::string(200, 's');
    return claims;
}

std::unique_ptr<TokenVerifier> make_verifier(const Clock& clock, const test::SigningKey& key, std::size_t remembered) {
    std::vector<Issuer> issuers{{test::rules(), std::make_shared<FixedKeys>(test::key_set(key.jwks()))}};
    return std::make_unique<TokenVerifier>(clock, std::move(issuers), TokenVerifierOptions{.remembered_max = remembered});
}

void verify_each(benchmark::State& state, const test::SigningKey& key, std::size_t remembered) {
    EventLoop loop;
    const RootCall call{loop};
    const tw::test::FakeClock clock;
    const auto verifier = make_verifier(clock, key, remembered);
    const auto token = key.token(usual_claims());
    for (auto _ : state) {
        auto verified = verifier->verify(call.context(), token);
        if (!verified.ready() || !std::move(verified).take()) throw std::logic_error{"the token is valid"};
    }
    state.counters["token_bytes"] = static_cast<double>(token.size());
}

void verify_new_es256(benchmark::State& state) { verify_each(state, test::SigningKey::p256("k"), 0); }
BENCHMARK(verify_new_es256);

void verify_new_rs256(benchmark::State& state) { verify_each(state, test::SigningKey::rsa("k"), 0); }
BENCHMARK(verify_new_rs256);

void verify_new_eddsa(benchmark::State& state) { verify_each(state, test::SigningKey::ed25519("k"), 0); }
BENCHMARK(verify_new_eddsa);

void verify_repeated(benchmark::State& state) { verify_each(state, test::SigningKey::p256("k"), 10'000); }
BENCHMARK(verify_repeated);

constexpr rpc::Caller kBenchCallers[] = {rpc::Caller::owner, rpc::Caller::support};

/// Both policies, for a call whose token has been seen before.
void authenticate_and_authorize(benchmark::State& state) {
    EventLoop loop;
    const RootCall call{loop};
    const tw::test::FakeClock clock;
    tw::test::QuietTelemetry telemetry;
    const auto key = test::SigningKey::p256("k");
    const auto verifier = make_verifier(clock, key, 10'000);
    Authentication authentication{*verifier, telemetry.get()};
    Authorization authorization{telemetry.get()};
    const rpc::Method method{.path = "/shop.Orders/Get",
                             .service = "shop.Orders",
                             .name = "Get",
                             .shape = rpc::Shape::unary,
                             .idempotency = rpc::Idempotency::safe,
                             .deadline = std::chrono::seconds{1},
                             .allow = kBenchCallers};
    rpc::Metadata metadata{{"accept", "*/*"}, {"authorization", "Bearer " + key.token(usual_claims())}};
    rpc::Metadata answer;
    for (auto _ : state) {
        rpc::CallInfo info{method, metadata, answer, answer};
        auto authenticated = authentication.before(call.context(), info);
        if (!std::move(authenticated).take()) throw std::logic_error{"the token is valid"};
        auto authorized = authorization.before(call.context(), info);
        if (!std::move(authorized).take()) throw std::logic_error{"the caller is allowed"};
    }
}
BENCHMARK(authenticate_and_authorize);

/// What both policies cost a served call whose token has been seen before, with the context that
/// its handler gets.
void admit_a_call(benchmark::State& state) {
    EventLoop loop;
    const RootCall call{loop};
    const tw::test::FakeClock clock;
    tw::test::QuietTelemetry telemetry;
    const auto key = test::SigningKey::p256("k");
    const auto verifier = make_verifier(clock, key, 10'000);
    Authentication authentication{*verifier, telemetry.get()};
    Authorization authorization{telemetry.get()};
    const rpc::Method method{.path = "/shop.Orders/Get",
                             .service = "shop.Orders",
                             .name = "Get",
                             .shape = rpc::Shape::unary,
                             .idempotency = rpc::Idempotency::safe,
                             .deadline = std::chrono::seconds{1},
                             .allow = kBenchCallers};
    rpc::Policy* const both[] = {&authentication, &authorization};
    const auto policies = rpc::MethodPolicies::of(both, method);
    rpc::Metadata metadata{{"authorization", "Bearer " + key.token(usual_claims())}};
    rpc::Metadata answer;
    for (auto _ : state) {
        rpc::CallInfo info{method, metadata, answer, answer};
        rpc::Admission admission{policies, info};
        auto asked = admission.ask(call.context());
        if (!std::move(asked).take()) throw std::logic_error{"the caller is allowed"};
        benchmark::DoNotOptimize(admission.context().principal().id);
    }
}
BENCHMARK(admit_a_call);

}  // namespace
}  // namespace tw::auth
