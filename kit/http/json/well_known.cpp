#include "kit/http/json/well_known.hpp"

#include "kit/base/clock.hpp"
#include "kit/http/json/field_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace tw::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

/// Ten thousand years, as protobuf bounds durations.
constexpr std::int64_t kDurationSecondsMax = 315'576'000'000;
/// The years 1 to 9999, as protobuf bounds timestamps.
constexpr std::int64_t kTimestampSecondsMin = -62'135'596'800;
constexpr std::int64_t kTimestampSecondsMax = 253'402'300'799;
constexpr std::int32_t kNanosPerSecond = 1'000'000'000;

// The two fields that Timestamp and Duration share. They are reached by reflection, since the
// message may be of any pool.
struct SecondsAndNanos {
    std::int64_t seconds = 0;
    std::int32_t nanos = 0;
};

SecondsAndNanos read_parts(const Message& message) {
    const auto* type = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    return {reflection->GetInt64(message, type->FindFieldByNumber(1)), reflection->GetInt32(message, type->FindFieldByNumber(2))};
}

void write_parts(Message& message, SecondsAndNanos parts) {
    const auto* type = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    reflection->SetInt64(&message, type->FindFieldByNumber(1), parts.seconds);
    reflection->SetInt32(&message, type->FindFieldByNumber(2), parts.nanos);
}

bool read_timestamp(std::string_view text, Message& message) {
    const auto time = Timestamp::parse(text);
    if (!time) return false;
    constexpr std::int64_t kMicros = 1'000'000;
    auto seconds = time->unix_micros() / kMicros;
    auto micros = time->unix_micros() % kMicros;
    // Nanoseconds count forward, before 1970 too.
    if (micros < 0) {
        micros += kMicros;
        --seconds;
    }
    // An offset may lead out of the valid years.
    if (seconds < kTimestampSecondsMin || seconds > kTimestampSecondsMax) return false;
    write_parts(message, {seconds, static_cast<std::int32_t>(micros * 1000)});
    return true;
}

bool read_duration(std::string_view text, Message& message) {
    if (!text.ends_with('s')) return false;
    text.remove_suffix(1);
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto dot = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, dot);
    const auto fraction = dot < text.size() ? text.substr(dot + 1) : std::string_view{"0"};
    const auto digits = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    if (!digits(whole) || !digits(fraction) || fraction.size() > 9) return false;
    SecondsAndNanos parts;
    if (std::from_chars(whole.data(), whole.data() + whole.size(), parts.seconds).ec != std::errc{}) return false;
    if (parts.seconds > kDurationSecondsMax) return false;
    std::from_chars(fraction.data(), fraction.data() + fraction.size(), parts.nanos);
    for (auto i = fraction.size(); i < 9; ++i) parts.nanos *= 10;
    if (negative) parts = {-parts.seconds, -parts.nanos};
    write_parts(message, parts);
    return true;
}

/// Converts a path of a mask to the contract's names, from those or from lowerCamelCase. Returns
/// nothing if it is neither.
std::optional<std::string> in_contract_names(std::string_view path) {
    std::string own;
    for (const char c : path) {
        if (c >= 'A' && c <= 'Z') {
            if (own.empty() || own.back() == '.' || own.back() == '_') return std::nullopt;
            own += '_';
            own += static_cast<char>(c | 0x20);
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.') {
            own += c;
        } else {
            return std::nullopt;
        }
    }
    if (own.empty()) return std::nullopt;
    return own;
}

bool read_field_mask(std::string_view text, Message& message) {
    const auto* paths = message.GetDescriptor()->FindFieldByNumber(1);
    const auto* reflection = message.GetReflection();
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto path = text.substr(0, comma);
        const auto own = in_contract_names(path);
        if (!own) return false;
        reflection->AddString(&message, paths, *own);
        if (comma == text.size()) return true;
        text.remove_prefix(comma + 1);
        if (text.empty()) return false;
    }
    return true;
}

/// Returns the same time with its seconds within the bounds, less than a second of nanoseconds, and
/// one sign for both.
SecondsAndNanos settled(SecondsAndNanos parts) {
    auto seconds = std::clamp(parts.seconds, -kDurationSecondsMax, kDurationSecondsMax) + parts.nanos / kNanosPerSecond;
    auto nanos = parts.nanos % kNanosPerSecond;
    if (seconds > 0 && nanos < 0) {
        --seconds;
        nanos += kNanosPerSecond;
    } else if (seconds < 0 && nanos > 0) {
        ++seconds;
        nanos -= kNanosPerSecond;
    }
    return {std::clamp(seconds, -kDurationSecondsMax, kDurationSecondsMax), nanos};
}

std::string duration_text(SecondsAndNanos unsettled) {
    const auto parts = settled(unsettled);
    std::string text = parts.seconds < 0 || parts.nanos < 0 ? "-" : "";
    text += std::to_string(parts.seconds < 0 ? -parts.seconds : parts.seconds);
    auto nanos = parts.nanos < 0 ? -parts.nanos : parts.nanos;
    if (nanos != 0) {
        std::array<char, 9> digits{};
        for (auto at = digits.rbegin(); at != digits.rend(); ++at, nanos /= 10) *at = static_cast<char>('0' + nanos % 10);
        auto size = digits.size();
        while (digits[size - 1] == '0') --size;
        text += '.';
        text.append(digits.data(), size);
    }
    return text + "s";
}

std::string field_mask_text(const Message& message) {
    const auto* paths = message.GetDescriptor()->FindFieldByNumber(1);
    const auto* reflection = message.GetReflection();
    std::string text;
    for (int i = 0; i < reflection->FieldSize(message, paths); ++i) {
        if (i > 0) text += ',';
        text += reflection->GetRepeatedString(message, paths, i);
    }
    return text;
}

}  // namespace

bool is_written_as_text(const Descriptor& type) {
    const auto kind = type.well_known_type();
    return kind == Descriptor::WELLKNOWNTYPE_TIMESTAMP || kind == Descriptor::WELLKNOWNTYPE_DURATION ||
           kind == Descriptor::WELLKNOWNTYPE_FIELDMASK;
}

bool read_well_known(std::string_view text, Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
        case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
            return read_timestamp(text, message);
        case Descriptor::WELLKNOWNTYPE_DURATION:
            return read_duration(text, message);
        case Descriptor::WELLKNOWNTYPE_FIELDMASK:
            return read_field_mask(text, message);
        default:
            return false;
    }
}

std::string_view well_known_expectation(const Descriptor& type) {
    switch (type.well_known_type()) {
        case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
            return "must be an RFC 3339 time such as \"2026-01-31T12:00:00Z\"";
        case Descriptor::WELLKNOWNTYPE_DURATION:
            return "must be seconds such as \"1.5s\"";
        case Descriptor::WELLKNOWNTYPE_FIELDMASK:
            return "must be field names separated by commas";
        default:
            return "must be an object";
    }
}

std::string well_known_text(const Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
        case Descriptor::WELLKNOWNTYPE_TIMESTAMP: {
            const auto [seconds, nanos] = read_parts(message);
            // A time out of bounds has no text and is written as the nearest one that has.
            const auto bounded = std::clamp(seconds, kTimestampSecondsMin, kTimestampSecondsMax);
            const auto micros = std::clamp(nanos, 0, kNanosPerSecond - 1) / 1000;
            return Timestamp::from_unix_micros(bounded * 1'000'000 + micros).to_string();
        }
        case Descriptor::WELLKNOWNTYPE_DURATION:
            return duration_text(read_parts(message));
        default:
            return field_mask_text(message);
    }
}

}  // namespace tw::http
