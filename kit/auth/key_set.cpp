#include "kit/auth/key_set.hpp"

#include "kit/auth/keys/jwk.hpp"
#include "kit/auth/reasons.hpp"
#include "kit/auth/token/sha256.hpp"
#include "kit/auth/token/strict_json.hpp"

#include <algorithm>
#include <cstring>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace tw::auth {
namespace {

Error invalid_key_set(std::string what) {
    return {Code::invalid_argument, reason::kInvalidKeySet, "the key set cannot be used: " + std::move(what)};
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view text) {
    if (text.size() > kBytesMax) return invalid_key_set("it has more than 1 MiB");
    const auto document = read_strict_json(text, {.depth_max = 8, .values_max = 10'000});
    if (!document) return invalid_key_set("it is not a JSON object, or has a member twice");
    const auto* const listed = document->if_contains("keys");
    if (listed == nullptr || !listed->is_array()) return invalid_key_set("it has no list of keys");
    if (listed->get_array().size() > kKeysMax) return invalid_key_set("it has more than 64 keys");
    KeySet set;
    for (const auto& element : listed->get_array()) {
        if (!element.is_object()) return invalid_key_set("a key is not a JSON object");
        auto outcome = read_jwk(element.get_object());
        if (!outcome.fault.empty()) return invalid_key_set(std::move(outcome.fault));
        if (!outcome.key) continue;
        const auto& kid = outcome.key->kid();
        const bool twice = std::ranges::any_of(set.keys_, [&](const auto& key) { return key.kid() == kid; });
        if (twice) return invalid_key_set("two keys have the same name (kid)");
        set.keys_.push_back(std::move(*outcome.key));
    }
    if (set.keys_.empty()) return invalid_key_set("it has no key for RS256, ES256 or EdDSA");
    const auto digest = Sha256{}.of(text);
    std::memcpy(&set.number_, digest.data(), sizeof(set.number_));
    return set;
}

const VerificationKey* KeySet::find(const std::optional<std::string>& kid) const {
    if (!kid) return keys_.size() == 1 ? &keys_.front() : nullptr;
    const auto found = std::ranges::find_if(keys_, [&](const auto& key) { return !kid->empty() && key.kid() == *kid; });
    return found == keys_.end() ? nullptr : &*found;
}

std::string KeySet::kids() const {
    std::string all;
    for (const auto& key : keys_) {
        if (!all.empty()) all += ", ";
        all += key.kid().empty() ? "(no name)" : key.kid();
    }
    return all;
}

}  // namespace tw::auth
