#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/value_task.hpp"
#include "kit/auth/claims.hpp"
#include "kit/auth/issuer_rules.hpp"
#include "kit/auth/key_source.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tw::auth {

/// An issuer whose tokens are accepted: how, and with which keys.
struct Issuer {
    IssuerRules rules;
    std::shared_ptr<KeySource> keys;
};

struct TokenVerifierOptions {
    /// The most bytes of a token.
    std::size_t token_bytes_max = 8 * 1024;
    /// How many verified tokens are remembered; 0 remembers none.
    std::size_t remembered_max = 10'000;
    /// The most bytes of what is remembered, approximately.
    std::size_t remembered_bytes_max = 16 << 20;
};

/// Verifies access tokens: JWTs (RFC 7519) in the compact form, as RFC 9068 and RFC 8725 demand.
///
/// The token's `iss` chooses the issuer, whose rules and keys apply. The key is chosen by its name
/// alone, and the key says by which algorithm it verifies; the token's `alg` must be that one.
/// Nothing in a token can bring a key along or name a place to fetch it from.
///
/// A verified token is remembered until it expires, so that the next call with it costs a
/// comparison. It is verified again when the issuer's keys have changed, and it is refused when
/// there are none that may be used.
///
/// A verifier belongs to one event loop. Each loop has its own, with a memory of its own.
class TokenVerifier {
 public:
    /// The rules of the issuers must be valid, and their names must differ; otherwise
    /// std::logic_error is thrown. `clock` must outlive the verifier.
    TokenVerifier(const Clock& clock, std::vector<Issuer> issuers, const TokenVerifierOptions& options = {});
    ~TokenVerifier();
    TokenVerifier(const TokenVerifier&) = delete;
    TokenVerifier& operator=(const TokenVerifier&) = delete;

    /// Returns the claims of a valid token. It waits only if the issuer does not have the token's
    /// key yet and may be asked again. `token` and `ctx` must outlive the task.
    ///
    /// The errors, beside the context's own, are:
    /// - UNAUTHENTICATED, INVALID_TOKEN: the token is refused. The detail never says why. The cause
    ///   is the name of a TokenFault, for logs.
    /// - UNAVAILABLE, KEYS_UNAVAILABLE: the issuer's keys cannot be had now, so that nothing can be
    ///   said about the token.
    ValueTask<Result<std::shared_ptr<const Claims>>> verify(const CallContext& ctx, std::string_view token);

    /// The time by which tokens are judged.
    Timestamp now() const;

    /// What is remembered, for metrics and tests.
    struct Usage {
        std::size_t tokens = 0;
        std::size_t bytes = 0;
    };
    Usage usage() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tw::auth
