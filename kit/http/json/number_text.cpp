#include "kit/http/json/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tw::http {
namespace {

/// Moves the decimal point of a whole number. Returns nothing if that leaves a fraction, or more
/// than 64 bits.
std::optional<std::uint64_t> shifted(std::uint64_t number, std::int64_t places) {
    for (; number != 0 && places > 0; --places) {
        if (__builtin_mul_overflow(number, 10, &number)) return std::nullopt;
    }
    for (; number != 0 && places < 0; ++places) {
        if (number % 10 != 0) return std::nullopt;
        number /= 10;
    }
    return number;
}

void skip_digits(std::string_view& text) {
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
}

}  // namespace

bool is_json_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto whole = text;
    skip_digits(text);
    const auto digits = whole.size() - text.size();
    if (digits == 0 || (digits > 1 && whole.front() == '0')) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto fraction = text.size();
        skip_digits(text);
        if (text.size() == fraction) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        const auto exponent = text.size();
        skip_digits(text);
        if (text.size() == exponent) return false;
    }
    return text.empty();
}

std::optional<std::uint64_t> read_whole(std::string_view number) {
    if (number.starts_with('-')) number.remove_prefix(1);
    const auto exponent_at = std::min(number.find_first_of("eE"), number.size());
    auto digits = std::string{number.substr(0, exponent_at)};
    std::int64_t places = 0;
    if (auto exponent = number.substr(exponent_at); !exponent.empty()) {
        exponent.remove_prefix(exponent.starts_with("e+") || exponent.starts_with("E+") ? 2 : 1);
        if (std::from_chars(exponent.data(), exponent.data() + exponent.size(), places).ec != std::errc{}) return std::nullopt;
    }
    if (const auto point = digits.find('.'); point != std::string::npos) {
        digits.erase(point, 1);
        // Zeros at the end have no meaning, and would use up digits.
        while (digits.size() > point && digits.back() == '0') digits.pop_back();
        places -= static_cast<std::int64_t>(digits.size() - point);
    }
    std::uint64_t magnitude = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), magnitude).ec != std::errc{}) return std::nullopt;
    return shifted(magnitude, places);
}

}  // namespace tw::http
