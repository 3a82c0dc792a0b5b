#pragma once

#include "kit/gateway/conditions/entity_tag.hpp"
#include "kit/http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tw::gateway {

/// What exists now at the path of a request.
struct Representation {
    bool exists = false;
    /// The entity tag; empty if there is none, as for lists of objects.
    std::string tag{};
    /// The version; zero if there is none.
    std::int64_t version = 0;
};

/// The preconditions of a request (RFC 9110 §13): If-Match and If-None-Match. Conditions on times
/// are ignored, as the RFC demands for resources without a Last-Modified.
class Preconditions {
 public:
    explicit Preconditions(const http::Headers& headers);
    Preconditions(const Preconditions&) = delete;
    Preconditions& operator=(const Preconditions&) = delete;

    /// Returns whether a request has any preconditions. The call is cheap.
    static bool asked(const http::Headers& headers);

    /// Returns the version if the only condition is that this version be the current one. A service
    /// can check that condition itself.
    std::optional<std::int64_t> only_version() const;
    /// Returns whether the only condition is that the object exist. A service checks that in any
    /// case.
    bool only_existence() const;

    enum class Verdict : std::uint8_t { holds, not_modified, failed };
    /// Evaluates the conditions in the order of RFC 9110 §13.2.2. `safe` is true for GET and HEAD.
    /// A plain version in If-Match ("7") matches a tag that also has a hash ("7-9f86d081884c7d65").
    /// Before a change, a plain version in If-None-Match matches such a tag, too.
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
