#include "kit/rpc/field_rules.hpp"

#include "kit/base/clock.hpp"
#include "kit/base/encoding.hpp"
#include "kit/base/money.hpp"
#include "kit/base/uuid.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tw::rpc::rules {

namespace {

bool is_email(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) return false;
    if (text.find('@', at + 1) != std::string_view::npos) return false;
    return std::ranges::none_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool is_slug(std::string_view text) {
    if (text.empty() || text.front() == '-' || text.back() == '-') return false;
    if (text.find("--") != std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

/// Returns what is wrong with the value's form, or null if nothing is.
const char* format_fault(std::string_view value, Format format) {
    switch (format) {
        case Format::none:
            return nullptr;
        case Format::email:
            return is_email(value) ? nullptr : "must be an e-mail address";
        case Format::uuid:
            return Uuid::parse(value) ? nullptr : "must be a UUID";
        case Format::currency:
            return Currency::parse(value) ? nullptr : "must be an ISO 4217 currency code, such as EUR";
        case Format::timestamp:
            return Timestamp::parse(value) ? nullptr : "must be an RFC 3339 time, such as 2026-01-31T12:00:00Z";
        case Format::slug:
            return is_slug(value) ? nullptr : "must consist of lower-case letters, digits and single hyphens";
    }
    return nullptr;
}

/// Whether `value` is one of the values in `list`, which have ", " between them.
bool is_one_of(std::string_view value, std::string_view list) {
    constexpr std::string_view kSeparator = ", ";
    while (true) {
        const auto end = list.find(kSeparator);
        if (list.substr(0, end) == value) return true;
        if (end == std::string_view::npos) return false;
        list.remove_prefix(end + kSeparator.size());
    }
}

std::string amount(std::uint32_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string Place::pointer() const {
    if (!parent_) return {};
    auto text = parent_->pointer();
    text += '/';
    if (index_ >= 0) return text += std::to_string(index_);
    for (const char c : name_) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text += c;
        }
    }
    return text;
}

void report(const Place& at, std::string detail, Violations& found) {
    if (found.size() < kViolationsMax) found.push_back({at.pointer(), std::move(detail)});
}

void check_text(const Place& at, std::string_view value, const TextRules& rules, Violations& found) {
    if (value.empty()) {
        if (rules.required) return report(at, "must not be empty", found);
        if (!rules.given) return;
    }
    if (!rules.bytes && value.find('\0') != std::string_view::npos) return report(at, "must not contain a NUL", found);
    // A text has at most as many characters as bytes, so most values need no counting.
    const bool may_be_long = rules.length_max > 0 && value.size() > rules.length_max;
    if (rules.length_min > 0 || may_be_long) {
        const auto length = rules.bytes ? value.size() : utf8_length(value);
        const std::string_view unit = rules.bytes ? "byte" : "character";
        if (length < rules.length_min) {
            return report(at, fmt::format("must be at least {}", amount(rules.length_min, unit)), found);
        }
        if (may_be_long && length > rules.length_max) {
            return report(at, fmt::format("must be at most {}", amount(rules.length_max, unit)), found);
        }
    }
    if (!rules.one_of.empty() && !is_one_of(value, rules.one_of)) {
        return report(at, fmt::format("must be one of {}", rules.one_of), found);
    }
    if (const char* fault = format_fault(value, rules.format)) report(at, fault, found);
}

void check_list(const Place& at, int items, const ListRules& rules, Violations& found) {
    if (items == 0 && rules.required) return report(at, "must not be empty", found);
    if (rules.items_max > 0 && std::cmp_greater(items, rules.items_max)) {
        report(at, fmt::format("must have at most {}", amount(rules.items_max, "item")), found);
    }
}

void check_present(const Place& at, bool present, Violations& found) {
    if (!present) report(at, "must be given", found);
}

void check_specified(const Place& at, int value, Violations& found) {
    if (value == 0) report(at, "must be specified", found);
}

std::string range_text(const NumberRules& rules) {
    if (rules.min && rules.max) return fmt::format("must be between {} and {}", *rules.min, *rules.max);
    if (rules.min) return fmt::format("must be at least {}", *rules.min);
    return fmt::format("must be at most {}", rules.max.value_or(0));
}

}  // namespace tw::rpc::rules
