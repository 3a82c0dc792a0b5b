#include "kit/auth/token/verified_tokens.hpp"

#include "kit/base/random.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::auth {
namespace {

/// The memory of an entry and of its places in list and map, beside the claims' texts.
constexpr std::size_t kVerifiedEntryBytes = 512;

/// How many characters of a token's end are hashed. They are 192 bits of the signature, which only
/// an issuer can choose. So they differ between tokens, and nobody can make many that agree.
constexpr std::size_t kHashedChars = 32;

constexpr std::string_view kBearerPrefix = "Bearer ";

std::string_view token_of(const VerifiedTokens::Entry& entry) {
    return std::string_view{entry.claims->authorization}.substr(kBearerPrefix.size());
}

std::size_t bytes_of(const std::vector<std::string>& names) {
    std::size_t bytes = 0;
    for (const auto& name : names) bytes += sizeof(name) + name.size();
    return bytes;
}

std::size_t bytes_of(const VerifiedTokens::Entry& entry) {
    const auto& principal = entry.claims->principal;
    return kVerifiedEntryBytes + principal.id.size() + principal.issuer.size() + principal.client_id.size() +
           entry.claims->authorization.size() + bytes_of(principal.roles) + bytes_of(principal.scopes);
}

}  // namespace

VerifiedTokens::VerifiedTokens(std::size_t entries_max, std::size_t bytes_max)
    : entries_max_{entries_max}, bytes_max_{bytes_max} {
    Random random;
    key_ = {random.next(), random.next()};
}

std::uint64_t VerifiedTokens::hash_of(std::string_view token) const {
    return sip_hash(key_, token.substr(token.size() - std::min(token.size(), kHashedChars)));
}

const VerifiedTokens::Entry* VerifiedTokens::find(std::string_view token, Timestamp now) {
    const auto found = by_hash_.find(hash_of(token));
    if (found == by_hash_.end() || !same_secret(token_of(*found->second), token)) return nullptr;
    if (now >= found->second->claims->expires_at) {
        remove(found->second);
        return nullptr;
    }
    if (found->second != entries_.begin()) entries_.splice(entries_.begin(), entries_, found->second);
    return &entries_.front();
}

void VerifiedTokens::store(Entry entry) {
    const auto bytes = bytes_of(entry);
    if (bytes > bytes_max_ || entries_max_ == 0) return;
    const auto hash = hash_of(token_of(entry));
    if (const auto former = by_hash_.find(hash); former != by_hash_.end()) remove(former->second);
    entries_.push_front(std::move(entry));
    by_hash_.emplace(hash, entries_.begin());
    bytes_ += bytes;
    while (entries_.size() > entries_max_ || bytes_ > bytes_max_) remove(std::prev(entries_.end()));
}

void VerifiedTokens::erase(std::string_view token) {
    const auto found = by_hash_.find(hash_of(token));
    if (found != by_hash_.end() && same_secret(token_of(*found->second), token)) remove(found->second);
}

void VerifiedTokens::remove(Entries::iterator entry) {
    bytes_ -= bytes_of(*entry);
    by_hash_.erase(hash_of(token_of(*entry)));
    entries_.erase(entry);
}

}  // namespace tw::auth
