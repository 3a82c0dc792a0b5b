#include "kit/auth/token/verified_tokens.hpp"

#include <malloc.h>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tw::auth {
namespace {

/// Returns the token with that number. Their ends differ, as signatures do.
std::string token_of(std::uint64_t number) {
    return fmt::format("head.{}.{:x}", std::string(600, 'c'), number * 0x9e3779b97f4a7c15U);
}

VerifiedTokens::Entry entry_of(const std::string& token, Timestamp expires_at) {
    Claims claims;
    claims.principal.id = "user-1";
    claims.principal.roles = {"support", "a role with a longer name than fits into a string"};
    claims.expires_at = expires_at;
    claims.authorization = "Bearer " + token;
    VerifiedTokens::Entry entry;
    entry.claims = std::make_shared<const Claims>(std::move(claims));
    return entry;
}

VerifiedTokens::Entry entry_of(std::uint64_t number, Timestamp expires_at) { return entry_of(token_of(number), expires_at); }

constexpr auto kTokenNow = Timestamp::from_unix_micros(1'767'225'600'000'000);
constexpr auto kTokenLater = kTokenNow + std::chrono::hours{1};

TEST(VerifiedTokens, memory_stays_flat_under_a_million_tokens) {
    VerifiedTokens tokens{10'000, 16 << 20};
    std::size_t used = 0;
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
        tokens.store(entry_of(i, kTokenLater));
        if (i == 100'000) used = mallinfo2().uordblks;
    }
    EXPECT_EQ(tokens.size(), 10'000U);
    EXPECT_LE(tokens.bytes(), std::size_t{16} << 20);
    // What the entries have is no more than what is counted, so the bound in bytes is a real one.
    EXPECT_LE(mallinfo2().uordblks, used + 64 * 1024);
    EXPECT_NE(tokens.find(token_of(999'999), kTokenNow), nullptr);
    EXPECT_EQ(tokens.find(token_of(1), kTokenNow), nullptr);
}

TEST(VerifiedTokens, the_bytes_of_entries_are_counted_in_full) {
    const auto before = mallinfo2().uordblks;
    VerifiedTokens tokens{10'000, 16 << 20};
    for (std::uint64_t i = 0; i < 10'000; ++i) tokens.store(entry_of(i, kTokenLater));
    EXPECT_LE(mallinfo2().uordblks - before, tokens.bytes());
}

TEST(VerifiedTokens, the_entry_that_was_not_used_for_longest_goes_first) {
    VerifiedTokens tokens{2, 1 << 20};
    tokens.store(entry_of(1, kTokenLater));
    tokens.store(entry_of(2, kTokenLater));
    EXPECT_NE(tokens.find(token_of(1), kTokenNow), nullptr);
    tokens.store(entry_of(3, kTokenLater));
    EXPECT_NE(tokens.find(token_of(1), kTokenNow), nullptr);
    EXPECT_EQ(tokens.find(token_of(2), kTokenNow), nullptr);
    EXPECT_NE(tokens.find(token_of(3), kTokenNow), nullptr);
}

TEST(VerifiedTokens, an_entry_ends_at_exp) {
    VerifiedTokens tokens{2, 1 << 20};
    tokens.store(entry_of(1, kTokenLater));
    EXPECT_NE(tokens.find(token_of(1), kTokenLater - std::chrono::microseconds{1}), nullptr);
    EXPECT_EQ(tokens.find(token_of(1), kTokenLater), nullptr);
    EXPECT_EQ(tokens.size(), 0U);
    EXPECT_EQ(tokens.bytes(), 0U);
}

TEST(VerifiedTokens, an_entry_that_is_stored_again_takes_the_place_of_the_former_one) {
    VerifiedTokens tokens{2, 1 << 20};
    tokens.store(entry_of(1, kTokenLater));
    const auto bytes = tokens.bytes();
    tokens.store(entry_of(1, kTokenLater));
    EXPECT_EQ(tokens.size(), 1U);
    EXPECT_EQ(tokens.bytes(), bytes);
}

TEST(VerifiedTokens, a_token_is_found_only_if_all_of_it_is_the_same) {
    VerifiedTokens tokens{2, 1 << 20};
    const auto token = token_of(1);
    tokens.store(entry_of(token, kTokenLater));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto other = token;
        other[i] = '!';
        EXPECT_EQ(tokens.find(other, kTokenNow), nullptr) << i;
    }
    EXPECT_EQ(tokens.find('h' + token, kTokenNow), nullptr);
    EXPECT_EQ(tokens.find({}, kTokenNow), nullptr);
    EXPECT_NE(tokens.find(token, kTokenNow), nullptr);
    tokens.erase("other" + token);
    EXPECT_NE(tokens.find(token, kTokenNow), nullptr) << "it has the same end, and is another token";
}

TEST(VerifiedTokens, of_two_tokens_with_the_same_end_the_later_one_is_kept) {
    VerifiedTokens tokens{2, 1 << 20};
    const std::string end(40, 's');
    tokens.store(entry_of("a." + end, kTokenLater));
    tokens.store(entry_of("b." + end, kTokenLater));
    EXPECT_EQ(tokens.size(), 1U);
    EXPECT_EQ(tokens.find("a." + end, kTokenNow), nullptr);
    EXPECT_NE(tokens.find("b." + end, kTokenNow), nullptr);
}

TEST(TokenHash, is_the_siphash_of_its_authors) {
    const SipKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    std::string text;
    std::vector<std::uint64_t> hashes;
    for (char i = 0; i < 16; ++i) {
        hashes.push_back(sip_hash(key, text));
        text.push_back(i);
    }
    // From vectors.h of the reference implementation; the last one is also in the paper.
    EXPECT_EQ(hashes[0], 0x726fdb47dd0e0e31U);
    EXPECT_EQ(hashes[1], 0x74f839c593dc67fdU);
    EXPECT_EQ(hashes[8], 0x93f5f5799a932462U);
    EXPECT_EQ(hashes[15], 0xa129ca6149be45e5U);
}

}  // namespace
}  // namespace tw::auth
