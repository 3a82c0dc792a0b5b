#pragma once

#include "kit/async/call_context.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::telemetry {

/// W3C Baggage: named values that travel with a request through every service (www.w3.org/TR/baggage). A CallContext carries it
/// as the text of its field, CallAttributes::baggage; this is for whoever reads or changes it. A value.
class Baggage {
 public:
    /// What every implementation passes on, and we no more than that.
    static constexpr std::size_t kBytesMax = 8192;
    static constexpr std::size_t kMembersMax = 64;

    struct Member {
        std::string key;
        /// Percent-decoded UTF-8.
        std::string value;
        /// Of the value, as they came: "ttl=5;sampled"; empty when none.
        std::string properties;
        bool operator==(const Member&) const = default;
    };

    Baggage() = default;
    /// Reads a field, or several joined by commas. Malformed members are dropped alone, a list beyond the limits as a whole.
    static Baggage parse(std::string_view field);

    const std::vector<Member>& members() const { return members_; }
    /// The last one's where there are several.
    std::optional<std::string_view> find(std::string_view key) const;

    /// In place of what has that key, or at the end. False, and nothing changed, where the key is no token (RFC 9110 §5.6.2),
    /// the value no UTF-8, the properties are malformed, or the whole would exceed the limits.
    bool set(std::string_view key, std::string_view value, std::string_view properties = {});
    void remove(std::string_view key);

    /// As a field.
    std::string to_string() const;

 private:
    std::vector<Member> members_;
};

/// A field, or several joined by commas, as it is to be passed on: nothing is decoded, malformed members and blanks are left out.
/// Empty for a list beyond the limits.
std::string clean_baggage(std::string_view field);

/// `ctx` with that baggage, for what is called from here on.
CallContext with_baggage(const CallContext& ctx, const Baggage& baggage);

}  // namespace tw::telemetry
