#include "kit/auth/token_verifier.hpp"

#include "kit/auth/reasons.hpp"
#include "kit/auth/token/claims_reader.hpp"
#include "kit/auth/token/compact_token.hpp"
#include "kit/auth/token/strict_json.hpp"
#include "kit/auth/token/verified_tokens.hpp"
#include "kit/auth/token_fault.hpp"

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::auth {
namespace {

using Verified = Result<std::shared_ptr<const Claims>>;

Error keys_unavailable() {
    return {Code::unavailable, reason::kKeysUnavailable, "The keys of the token's issuer are not available; try again."};
}

}  // namespace

struct TokenVerifier::State {
    /// A token that has been read and whose issuer is known.
    struct Candidate {
        CompactToken token;
        /// The whole token as it came.
        std::string_view text;
        std::size_t issuer;
    };

    std::expected<Candidate, TokenFault> read(std::string_view token) const;
    std::optional<std::size_t> issuer_of(const CompactToken& token) const;
    std::shared_ptr<const Claims> remembered(std::string_view token, Timestamp now);
    /// Judges a token if its key is there; nothing if it is not.
    std::optional<Verified> judge(const Candidate& candidate);
    Verified judge_by(const Candidate& candidate, const VerificationKey& key, std::uint64_t keys_number);
    Task<Verified> judge_later(const CallContext& ctx, std::unique_ptr<Candidate> candidate);

    const Clock& clock;
    std::vector<Issuer> issuers;
    TokenVerifierOptions options;
    VerifiedTokens tokens{options.remembered_max, options.remembered_bytes_max};
};

TokenVerifier::TokenVerifier(const Clock& clock, std::vector<Issuer> issuers, const TokenVerifierOptions& options)
    : state_{std::make_unique<State>(clock, std::move(issuers), options)} {
    for (std::size_t i = 0; i < state_->issuers.size(); ++i) {
        const auto& issuer = state_->issuers[i];
        if (!issuer.rules.validate() || issuer.keys == nullptr) throw std::logic_error{"an issuer is not valid"};
        for (std::size_t j = 0; j < i; ++j) {
            if (state_->issuers[j].rules.issuer == issuer.rules.issuer) throw std::logic_error{"two issuers have one name"};
        }
    }
}

TokenVerifier::~TokenVerifier() = default;

ValueTask<Verified> TokenVerifier::verify(const CallContext& ctx, std::string_view token) {
    if (token.size() > state_->options.token_bytes_max) return refused_token(TokenFault::too_large);
    if (auto claims = state_->remembered(token, state_->clock.now())) return Verified{std::move(claims)};
    auto candidate = state_->read(token);
    if (!candidate) return refused_token(candidate.error());
    if (auto judged = state_->judge(*candidate)) return std::move(*judged);
    return state_->judge_later(ctx, std::make_unique<State::Candidate>(std::move(*candidate)));
}

Timestamp TokenVerifier::now() const { return state_->clock.now(); }

TokenVerifier::Usage TokenVerifier::usage() const { return {.tokens = state_->tokens.size(), .bytes = state_->tokens.bytes()}; }

std::shared_ptr<const Claims> TokenVerifier::State::remembered(std::string_view token, Timestamp now) {
    const auto* const entry = tokens.find(token, now);
    if (entry == nullptr) return nullptr;
    const auto* const keys = issuers[entry->issuer].keys->current();
    if (keys != nullptr && keys->number() == entry->keys_number) return entry->claims;
    tokens.erase(token);
    return nullptr;
}

std::expected<TokenVerifier::State::Candidate, TokenFault> TokenVerifier::State::read(std::string_view token) const {
    auto read = read_token(token, options.token_bytes_max);
    if (!read) return std::unexpected{read.error()};
    // A token that no key could verify is refused before the issuer is asked for its key.
    if (!is_algorithm(read->algorithm)) return std::unexpected{TokenFault::wrong_algorithm};
    const auto issuer = issuer_of(*read);
    if (!issuer) return std::unexpected{TokenFault::unknown_issuer};
    if (!is_accepted_type(*read, issuers[*issuer].rules.type)) return std::unexpected{TokenFault::wrong_type};
    return Candidate{.token = std::move(*read), .text = token, .issuer = *issuer};
}

std::optional<std::size_t> TokenVerifier::State::issuer_of(const CompactToken& token) const {
    const auto name = string_member(token.claims, "iss");
    for (std::size_t i = 0; name && i < issuers.size(); ++i) {
        if (issuers[i].rules.issuer == *name) return i;
    }
    return std::nullopt;
}

std::optional<Verified> TokenVerifier::State::judge(const Candidate& candidate) {
    const auto* const keys = issuers[candidate.issuer].keys->current();
    if (keys == nullptr) return std::nullopt;
    const auto* const key = keys->find(candidate.token.kid);
    // To ask the issuer again for a key without a name would be of no use.
    if (key == nullptr && !candidate.token.kid) return refused_token(TokenFault::unknown_key);
    if (key == nullptr) return std::nullopt;
    return judge_by(candidate, *key, keys->number());
}

Verified TokenVerifier::State::judge_by(const Candidate& candidate, const VerificationKey& key, std::uint64_t keys_number) {
    const auto& token = candidate.token;
    if (token.algorithm != algorithm_name(key.algorithm())) return refused_token(TokenFault::wrong_algorithm);
    if (!key.verifies(token.signed_text, token.signature)) return refused_token(TokenFault::wrong_signature);
    auto claims = read_claims(token.claims, issuers[candidate.issuer].rules, clock.now());
    if (!claims) return refused_token(claims.error());
    claims->authorization = fmt::format("Bearer {}", candidate.text);
    auto shared = std::make_shared<const Claims>(std::move(*claims));
    tokens.store({shared, candidate.issuer, keys_number});
    return shared;
}

Task<Verified> TokenVerifier::State::judge_later(const CallContext& ctx, std::unique_ptr<Candidate> candidate) {
    auto& keys = *issuers[candidate->issuer].keys;
    // The first wait may be for a reading that had begun before the issuer had the key.
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto refreshed = co_await keys.refresh(ctx);
        if (!refreshed) co_return std::move(refreshed).error();
        if (auto judged = judge(*candidate)) co_return std::move(*judged);
    }
    if (keys.current() == nullptr) co_return keys_unavailable();
    co_return refused_token(TokenFault::unknown_key);
}

}  // namespace tw::auth
