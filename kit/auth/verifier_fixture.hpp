#pragma once

#include "kit/async/run.hpp"
#include "kit/auth/token_fixture.hpp"
#include "kit/auth/token_verifier.hpp"
#include "kit/testing/fake_clock.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tw::auth::test {

/// A verifier with one issuer, whose key is fixed, on a clock that stands still.
class VerifierTest : public testing::Test {
 public:
    /// Returns "" if the token is accepted, and the fault if it is not.
    std::string fault_of(std::string_view token) {
        auto verified = verify(token);
        if (verified) {
            last = *verified;
            return "";
        }
        EXPECT_EQ(verified.error().code(), Code::unauthenticated);
        EXPECT_EQ(verified.error().reason(), "INVALID_TOKEN");
        EXPECT_EQ(verified.error().detail(), "The access token is not valid.");
        return verified.error().cause();
    }
    Result<std::shared_ptr<const Claims>> verify(std::string_view token) {
        return run_until_done(loop,
                              [](VerifierTest& self, std::string_view given) -> Task<Result<std::shared_ptr<const Claims>>> {
                                  co_return co_await self.verifier->verify(self.call.context(), given);
                              }(*this, token));
    }
    /// The fault of a token with these claims, signed as it should be.
    std::string fault_with(const boost::json::object& claims) { return fault_of(key.token(claims)); }
    std::string fault_without(std::string_view claim) {
        auto claims = valid_claims();
        claims.erase({claim.data(), claim.size()});
        return fault_with(claims);
    }
    std::string fault_with(std::string_view claim, const boost::json::value& value) {
        auto claims = valid_claims();
        claims[{claim.data(), claim.size()}] = value;
        return fault_with(claims);
    }
    /// The fault of a token with this header, signed by the key of the issuer.
    std::string fault_with_header(std::string_view header) {
        return fault_of(key.token_of(header, boost::json::serialize(valid_claims())));
    }
    void use(IssuerRules chosen) { use(std::move(chosen), std::make_shared<FixedKeys>(key_set(key.jwks()))); }
    void use(IssuerRules chosen, std::shared_ptr<KeySource> keys) {
        verifier = std::make_unique<TokenVerifier>(clock, std::vector<Issuer>{{std::move(chosen), std::move(keys)}}, options);
    }

    EventLoop loop;
    RootCall call{loop};
    tw::test::FakeClock clock;
    SigningKey key = SigningKey::p256("key-1");
    TokenVerifierOptions options;
    std::unique_ptr<TokenVerifier> verifier = std::make_unique<TokenVerifier>(
        clock, std::vector<Issuer>{{rules(), std::make_shared<FixedKeys>(key_set(key.jwks()))}}, options);
    /// The claims of the token that was accepted last.
    std::shared_ptr<const Claims> last;
};

}  // namespace tw::auth::test
