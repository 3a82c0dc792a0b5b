#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw {

/// An ISO 4217 currency code: three upper-case letters.
class Currency {
 public:
    static constexpr std::optional<Currency> parse(std::string_view text) {
        if (text.size() != 3) return std::nullopt;
        Currency currency;
        for (std::size_t i = 0; i < 3; ++i) {
            if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
            currency.letters_[i] = text[i];
        }
        return currency;
    }
    constexpr std::string_view code() const { return {letters_, 3}; }
    constexpr bool operator==(const Currency&) const = default;

 private:
    constexpr Currency() = default;
    char letters_[3] = {'X', 'X', 'X'};
};

/// An amount in a currency's minor unit (cents for EUR, yen for JPY). Arithmetic is checked: what would overflow, or mix
/// currencies, has no value.
class Money {
 public:
    constexpr Money(std::int64_t minor, Currency currency) : minor_{minor}, currency_{currency} {}

    constexpr std::int64_t minor() const { return minor_; }
    constexpr Currency currency() const { return currency_; }

    constexpr std::optional<Money> plus(Money other) const {
        std::int64_t sum = 0;
        if (currency_ != other.currency_ || __builtin_add_overflow(minor_, other.minor_, &sum)) return std::nullopt;
        return Money{sum, currency_};
    }
    constexpr std::optional<Money> minus(Money other) const {
        std::int64_t difference = 0;
        if (currency_ != other.currency_ || __builtin_sub_overflow(minor_, other.minor_, &difference)) return std::nullopt;
        return Money{difference, currency_};
    }
    constexpr std::optional<Money> times(std::int64_t factor) const {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(minor_, factor, &product)) return std::nullopt;
        return Money{product, currency_};
    }
    constexpr bool operator==(const Money&) const = default;

 private:
    std::int64_t minor_;
    Currency currency_;
};

}  // namespace tw
