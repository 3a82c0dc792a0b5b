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

/// Generated validation calls these functions, one for each kind of field. They implement the rules
/// of tradewind/options.proto. Each field adds at most one violation, the first that its rules
/// find.
///
/// A rule's `given` marks a field that records whether it is set (`optional`, a member of a oneof,
/// an item of a list). The empty value of such a field is a value and is checked. For other fields
/// the empty value means absence, which only `required` refuses.
namespace tw::rpc::rules {

using Violations = std::vector<Violation>;

/// The greatest number of violations listed for one request. The list travels in a header, whose
/// size has a bound.
inline constexpr std::size_t kViolationsMax = 20;

/// The place of a value in a request: a chain from a field up to the request itself. It becomes a
/// JSON pointer (RFC 6901) only when there is a violation to report. It points to its parent, so it
/// may live only on the stack of the checks.
class Place {
 public:
    Place() = default;
    /// `name` is a field's name, or the key of a map's entry.
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
    std::uint32_t length_max = 0;  ///< zero means no bound
    Format format = Format::none;
    std::string_view one_of{};  ///< the permitted values, with ", " between them; empty permits any
    bool bytes = false;         ///< the value is bytes and not text
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
    std::uint32_t items_max = 0;  ///< zero means no bound
};

/// Refuses text that contains a NUL, because no database engine can be trusted to keep it.
void check_text(const Place& at, std::string_view value, const TextRules& rules, Violations& found);
void check_list(const Place& at, int items, const ListRules& rules, Violations& found);
/// Checks a required message.
void check_present(const Place& at, bool present, Violations& found);
/// Checks a required enum. `value` is its number.
void check_specified(const Place& at, int value, Violations& found);

/// Adds a violation, unless there are kViolationsMax already.
void report(const Place& at, std::string detail, Violations& found);
/// Describes the bounds that are set, such as "must be between 1 and 10000".
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
