#include "services/console/query/pattern.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>

namespace tw::console {
namespace {

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// `part` is in lower case.
bool equal_in_lower_case(std::string_view text, std::string_view part) {
    return std::ranges::equal(text, part, {}, lower_letter);
}

std::size_t find_in_lower_case(std::string_view text, std::string_view part) {
    if (part.empty()) return 0;
    if (part.size() > text.size()) return std::string_view::npos;
    const char first = part.front();
    const std::size_t last = text.size() - part.size();
    for (std::size_t at = 0; at <= last; ++at) {
        if (lower_letter(text[at]) == first && equal_in_lower_case(text.substr(at + 1, part.size() - 1), part.substr(1)))
            return at;
    }
    return std::string_view::npos;
}

}  // namespace

Pattern::Pattern(std::vector<std::string> parts, LetterCase letter_case) : parts_{std::move(parts)}, letter_case_{letter_case} {
    for (auto& part : parts_) {
        if (letter_case == LetterCase::ignored) part = ascii_lower(part);
        least_ += part.size();
    }
}

Pattern Pattern::containing(std::vector<std::string> parts, LetterCase letter_case) {
    parts.emplace(parts.begin());
    parts.emplace_back();
    return Pattern{std::move(parts), letter_case};
}

bool Pattern::matches(std::string_view text) const {
    if (text.size() < least_) return false;
    const bool ignored = letter_case_ == LetterCase::ignored;
    const auto equal = [&](std::string_view piece, std::string_view part) {
        return ignored ? equal_in_lower_case(piece, part) : piece == part;
    };
    const std::string_view first = parts_.front();
    if (parts_.size() == 1) return text.size() == first.size() && equal(text, first);
    const std::string_view last = parts_.back();
    if (!equal(text.substr(0, first.size()), first)) return false;
    if (!equal(text.substr(text.size() - last.size()), last)) return false;
    // The first place of each part leaves the most room for the parts after it.
    auto rest = text.substr(first.size(), text.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < parts_.size(); ++i) {
        const auto at = ignored ? find_in_lower_case(rest, parts_[i]) : rest.find(parts_[i]);
        if (at == std::string_view::npos) return false;
        rest.remove_prefix(at + parts_[i].size());
    }
    return true;
}

}  // namespace tw::console
