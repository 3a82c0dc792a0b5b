#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw {

/// A currency of ISO 4217.
class Currency {
 public:
    /// Finds the currency of a code such as "EUR". Returns nothing for a code that the standard
    /// does not list or that has no minor unit (XAU, XXX).
    static std::optional<Currency> parse(std::string_view text);
    /// Reads a code that was accepted before: it was stored, or it comes from a service that
    /// accepted it. Any three upper-case letters are accepted, since the standard's list changes
    /// while stored codes stay.
    static constexpr std::optional<Currency> from_stored(std::string_view text) {
        if (text.size() != 3) return std::nullopt;
        Currency currency;
        for (std::size_t i = 0; i < 3; ++i) {
            if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
            currency.letters_[i] = text[i];
        }
        return currency;
    }
    /// How many decimals the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. It is 2 for a code
    /// that the standard does not list any more.
    int decimals() const;
    constexpr std::string_view code() const { return {letters_, 3}; }
    constexpr bool operator==(const Currency&) const = default;

 private:
    constexpr Currency() = default;
    char letters_[3] = {'X', 'X', 'X'};
};

/// An amount in a currency's minor unit (cents for EUR, yen for JPY). Arithmetic is checked: it
/// returns nothing for a result beyond kMinorMax and for two different currencies.
class Money {
 public:
    /// The largest amount in either direction: 2^53 - 1. JSON readers that hold numbers as doubles
    /// read every whole number up to it exactly.
    static constexpr std::int64_t kMinorMax = (std::int64_t{1} << 53) - 1;

    constexpr Money(std::int64_t minor, Currency currency) : minor_{minor}, currency_{currency} {}

    constexpr std::int64_t minor() const { return minor_; }
    constexpr Currency currency() const { return currency_; }

    constexpr std::optional<Money> plus(Money other) const {
        std::int64_t sum = 0;
        if (currency_ != other.currency_ || __builtin_add_overflow(minor_, other.minor_, &sum)) return std::nullopt;
        return within(sum);
    }
    constexpr std::optional<Money> minus(Money other) const {
        std::int64_t difference = 0;
        if (currency_ != other.currency_ || __builtin_sub_overflow(minor_, other.minor_, &difference)) return std::nullopt;
        return within(difference);
    }
    constexpr std::optional<Money> times(std::int64_t factor) const {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(minor_, factor, &product)) return std::nullopt;
        return within(product);
    }
    constexpr bool operator==(const Money&) const = default;

 private:
    constexpr std::optional<Money> within(std::int64_t minor) const {
        if (minor > kMinorMax || minor < -kMinorMax) return std::nullopt;
        return Money{minor, currency_};
    }

    std::int64_t minor_;
    Currency currency_;
};

}  // namespace tw
