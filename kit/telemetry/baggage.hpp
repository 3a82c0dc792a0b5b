#pragma once

#include "kit/async/call_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// W3C Baggage: named values that travel with a request through every service
/// (www.w3.org/TR/baggage). A CallContext carries it as the text of its field,
/// CallAttributes::baggage. This class reads and changes it. It is a value type.
class Baggage {
 public:
    /// Every implementation passes on at least this much. This one passes on no more.
    static constexpr std::size_t kBytesMax = 8192;
    static constexpr std::size_t kMembersMax = 64;

    struct Member {
        std::string key;
        /// The value, percent-decoded to UTF-8.
        std::string value;
        /// The properties of the value as they were received ("ttl=5;sampled"); empty if there are
        /// none.
        std::string properties;
        bool operator==(const Member&) const = default;
    };

    Baggage() = default;
    /// Reads a field, or several joined by commas. A malformed member is dropped by itself. A list
    /// beyond the limits is dropped as a whole.
    static Baggage parse(std::string_view field);

    const std::vector<Member>& members() const { return members_; }
    /// Returns the value of `key`, the last one if there are several.
    std::optional<std::string_view> find(std::string_view key) const;

    /// Replaces the member with that key, or adds one at the end. Returns false and changes nothing
    /// if the key is no token (RFC 9110 §5.6.2), the value is no UTF-8, the properties are
    /// malformed, or the whole would exceed the limits.
    bool set(std::string_view key, std::string_view value, std::string_view properties = {});
    void remove(std::string_view key);

    /// Returns the text of the field.
    std::string to_string() const;

 private:
    std::vector<Member> members_;
};

/// Returns a field, or several joined by commas, in the form in which it is passed on. Nothing is
/// decoded. Malformed members and blanks are left out. The result is empty for a list beyond the
/// limits.
std::string clean_baggage(std::string_view field);

/// Returns `ctx` with that baggage, for the calls that are made with it.
CallContext with_baggage(const CallContext& ctx, const Baggage& baggage);

}  // namespace tw::telemetry
