#pragma once

#include "kit/base/error.hpp"
#include "kit/rpc/method.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// What generated validation is made of: the rules of tradewind/options.proto, one function a kind of field. Each field
/// adds at most one violation, the first that its rules find.
///
/// "Given" is a field that says of itself whether it is set (`optional`, a member of a oneof, an item of a list): its empty
/// value is a value and is checked. For other fields the empty value means absence, which only `required` minds.
namespace tw::rpc::rules {

using Violations = std::vector<Violation>;

/// No more violations are written down for one request: the list travels in a header, whose size has a bound.
inline constexpr std::size_t kViolationsMax = 20;

/// Where in a request a check is: a chain from a field up to the request itself. Becomes a JSON pointer (RFC 6901) only
/// when there is something to report. Points to its parent, so it lives on the stack of the checks alone.
class Place {
 public:
    Place() = default;
    /// A field's name, or the key of a map's entry.
    Place(const Place& parent, std::string_view name) : parent_{&parent}, name_{name} {}
    Place(const Place& parent, int index) : parent_{&parent}, index_{index} {}

    std::string pointer() const;

 private:
    const Place* parent_ = nullptr;
    std::string_view name_;
    int index_ = -1;
};

enum class Format : std::uint8_t { none, email, uuid, currency, timestamp, slug };

struct TextRules {
    bool required = false;
    std::uint32_t length_min = 0;  ///< code points; bytes in a `bytes` field
    std::uint32_t length_max = 0;  ///< zero: no bound
    Format format = Format::none;
    std::string_view one_of{};  ///< the values that there are, with ", " between them; empty: any
    bool bytes = false;         ///< the value is no text
    bool given = false;
};

struct NumberRules {
    bool required = false;
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    bool given = false;
};

struct ListRules {
    bool required = false;
    std::uint32_t items_max = 0;  ///< zero: no bound
};

/// Text never has a NUL: no engine could be trusted to keep it.
void check_text(const Place& at, std::string_view value, const TextRules& rules, Violations& found);
void check_list(const Place& at, int items, const ListRules& rules, Violations& found);
/// Of a required message.
void check_present(const Place& at, bool present, Violations& found);
/// Of a required enum: `value` is its number.
void check_specified(const Place& at, int value, Violations& found);

/// Adds a violation, unless there are kViolationsMax already.
void report(const Place& at, std::string detail, Violations& found);
/// "must be between 1 and 10000" and its like, for the bounds that there are.
std::string range_text(const NumberRules& rules);

template <class Number>
void check_number(const Place& at, Number value, const NumberRules& rules, Violations& found) {
    static_assert(std::is_arithmetic_v<Number>);
    if (value == 0 && !rules.given && !rules.required) return;
    if constexpr (std::is_integral_v<Number>) {
        const bool too_low = rules.min && std::cmp_less(value, *rules.min);
        const bool too_high = rules.max && std::cmp_greater(value, *rules.max);
        if (too_low || too_high) return report(at, range_text(rules), found);
    }
    if (value == 0 && rules.required) report(at, "must not be zero", found);
}

/// The check of a request whose fields have no rules.
inline void accept_any(const Message&, Violations&) {}

}  // namespace tw::rpc::rules
