#pragma once

#include "kit/http/message.hpp"
#include "services/gateway/entity_tag.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tw::gateway {

/// What there is now at the path of a request.
struct Representation {
    bool exists = false;
    /// Empty where it has none, as lists of objects.
    std::string tag{};
    /// Zero where it has none.
    std::int64_t version = 0;
};

/// The conditions that a request puts (RFC 9110 §13): If-Match and If-None-Match. Those about times are ignored, as the RFC
/// wants it where nothing has a Last-Modified.
class Preconditions {
 public:
    explicit Preconditions(const http::Headers& headers);
    Preconditions(const Preconditions&) = delete;
    Preconditions& operator=(const Preconditions&) = delete;

    /// Whether a request puts any. Cheap.
    static bool asked(const http::Headers& headers);

    /// The version, where all that is asked for is that it be the current one: a service can hold that itself.
    std::optional<std::int64_t> only_version() const;
    /// Whether all that is asked for is that there be something, which a service finds out in any case.
    bool only_existence() const;

    enum class Verdict : std::uint8_t { holds, not_modified, failed };
    /// In the order of RFC 9110 §13.2.2; `safe` for GET and HEAD. A plain version in If-Match ("7") fits a tag that says more
    /// ("7-9f86d081884c7d65"); before a change it does in If-None-Match, too.
    Verdict judge(const Representation& now, bool safe) const;

 private:
    bool match_holds(const Representation& now) const;
    bool none_match_holds(const Representation& now, bool safe) const;

    std::string match_text_;
    std::string none_match_text_;
    std::optional<EntityTags> match_;
    std::optional<EntityTags> none_match_;
};

}  // namespace tw::gateway
