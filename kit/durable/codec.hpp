#pragma once

#include "kit/base/encoding.hpp"

#include <charconv>
#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tw::durable {

/// The answer of a step that has nothing to say but that it is done.
struct Done {
    bool operator==(const Done&) const = default;
};

/// A stored answer, input or signal cannot be read as the type that the code expects. The flow is
/// then parked.
class Unreadable : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

/// Converts the inputs, answers and results of flows to text, which the database keeps, and back.
/// Specialise it for your own types. `decode` throws Unreadable. The text is UTF-8 without NUL.
template <class T>
struct Codec;

template <>
struct Codec<Done> {
    static std::string encode(Done) { return {}; }
    static Done decode(std::string_view) { return {}; }
};

template <>
struct Codec<std::string> {
    static std::string encode(std::string text) { return text; }
    static std::string decode(std::string_view text) { return std::string{text}; }
};

template <std::integral T>
struct Codec<T> {
    static std::string encode(T number) { return std::to_string(number); }
    static T decode(std::string_view text) {
        using Number = std::conditional_t<std::same_as<T, bool>, int, T>;
        Number number{};
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (fault != std::errc{} || end != text.data() + text.size()) throw Unreadable{"a stored text is no number"};
        return static_cast<T>(number);
    }
};

template <class T>
struct Codec<std::optional<T>> {
    static std::string encode(const std::optional<T>& value) { return value ? "=" + Codec<T>::encode(*value) : std::string{}; }
    static std::optional<T> decode(std::string_view text) {
        if (text.empty()) return std::nullopt;
        return Codec<T>::decode(text.substr(1));
    }
};

/// Messages of protobuf are kept as their bytes in base64.
template <class T>
    requires requires(T message, std::string bytes) {
        { message.SerializeToString(&bytes) } -> std::same_as<bool>;
        { message.ParseFromString(bytes) } -> std::same_as<bool>;
    }
struct Codec<T> {
    static std::string encode(const T& message) {
        std::string bytes;
        message.SerializeToString(&bytes);
        return base64_encode(bytes);
    }
    static T decode(std::string_view text) {
        T message;
        const auto bytes = base64_decode(text);
        if (!bytes || !message.ParseFromString(*bytes)) throw Unreadable{"a stored text is no message of the expected type"};
        return message;
    }
};

}  // namespace tw::durable
