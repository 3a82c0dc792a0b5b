#include "kit/gateway/conditions/preconditions.hpp"

#include <algorithm>

namespace tw::gateway {
namespace {

constexpr std::string_view kIfMatch = "if-match";
constexpr std::string_view kIfNoneMatch = "if-none-match";

bool names_version(const EntityTags::Tag& tag, std::int64_t version) {
    return version > 0 && parse_entity_tag(tag.text) == version;
}

}  // namespace

Preconditions::Preconditions(const http::Headers& headers)
    : match_text_{headers.joined(kIfMatch)}, none_match_text_{headers.joined(kIfNoneMatch)} {
    if (headers.find(kIfMatch)) match_ = read_entity_tags(match_text_);
    if (headers.find(kIfNoneMatch)) none_match_ = read_entity_tags(none_match_text_);
}

bool Preconditions::asked(const http::Headers& headers) {
    return headers.find(kIfMatch).has_value() || headers.find(kIfNoneMatch).has_value();
}

std::optional<std::int64_t> Preconditions::only_version() const {
    if (!match_ || none_match_ || match_->any || match_->tags.size() != 1 || match_->tags.front().weak) return std::nullopt;
    return parse_entity_tag(match_->tags.front().text);
}

bool Preconditions::only_existence() const { return match_ && match_->any && !none_match_; }

Preconditions::Verdict Preconditions::judge(const Representation& now, bool safe) const {
    if (match_ && !match_holds(now)) return Verdict::failed;
    if (none_match_ && !none_match_holds(now, safe)) return safe ? Verdict::not_modified : Verdict::failed;
    return Verdict::holds;
}

/// Evaluates If-Match (RFC 9110 §13.1.1) by the strong comparison.
bool Preconditions::match_holds(const Representation& now) const {
    if (match_->any) return now.exists;
    return std::ranges::any_of(match_->tags, [&now](const EntityTags::Tag& tag) {
        return !tag.weak && !now.tag.empty() && (same_representation(tag.text, now.tag) || names_version(tag, now.version));
    });
}

/// Evaluates If-None-Match (RFC 9110 §13.1.2) by the weak comparison.
bool Preconditions::none_match_holds(const Representation& now, bool safe) const {
    if (none_match_->any) return !now.exists;
    return std::ranges::none_of(none_match_->tags, [&now, safe](const EntityTags::Tag& tag) {
        return !now.tag.empty() && (same_representation(tag.text, now.tag) || (!safe && names_version(tag, now.version)));
    });
}

}  // namespace tw::gateway
