#pragma once

#include "kit/auth/claims.hpp"
#include "kit/auth/token/token_hash.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace tw::auth {

/// The claims of tokens that have been verified. It is bounded by the number of entries and by
/// their bytes. Beyond the bound, the entry that was not used for the longest time is removed. It
/// belongs to one loop.
///
/// An entry is found by a keyed hash of the end of its token, which is a part of the signature.
/// Then the whole token is compared with the one of the entry, in a time that does not depend on
/// where they differ. Decision 83 says why this is safe.
class VerifiedTokens {
 public:
    struct Entry {
        /// Claims::authorization has the token.
        std::shared_ptr<const Claims> claims;
        /// The place of the issuer in the verifier's list.
        std::size_t issuer = 0;
        /// The number of the key set by which the token was verified.
        std::uint64_t keys_number = 0;
    };

    VerifiedTokens(std::size_t entries_max, std::size_t bytes_max);

    /// Returns the entry of a token, or null if there is none or the token has expired. The pointer
    /// is valid until the next call.
    const Entry* find(std::string_view token, Timestamp now);
    void store(Entry entry);
    void erase(std::string_view token);

    std::size_t size() const { return entries_.size(); }
    /// How many bytes the entries have, approximately.
    std::size_t bytes() const { return bytes_; }

 private:
    using Entries = std::list<Entry>;

    std::uint64_t hash_of(std::string_view token) const;
    void remove(Entries::iterator entry);

    SipKey key_{};
    std::size_t entries_max_;
    std::size_t bytes_max_;
    /// The entries in order of their last use, the latest first.
    Entries entries_;
    /// The entries by their hashes. Of two tokens with one hash, the later one is kept.
    std::unordered_map<std::uint64_t, Entries::iterator> by_hash_;
    std::size_t bytes_ = 0;
};

}  // namespace tw::auth
