#include "kit/simulation/postgres/postgres_cell.hpp"

#include "kit/base/clock.hpp"
#include "kit/simulation/postgres/postgres_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <concepts>
#include <limits>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

/// PostgreSQL counts microseconds from 2000-01-01.
constexpr std::int64_t kEpochMicros = 946'684'800'000'000;

std::string network_order(std::uint64_t number, std::size_t size) {
    std::string bytes(size, '\0');
    for (auto i = size; i-- > 0; number >>= 8) bytes[i] = static_cast<char>(number & 0xff);
    return bytes;
}

std::uint64_t from_network(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

SqlError bad_input(std::string_view type, std::string_view text) {
    return {.state = "22P02", .message = fmt::format("invalid input syntax for type {}: \"{}\"", type, text)};
}

template <class T>
std::expected<Cell, SqlError> parse_number(std::string_view type, std::string_view text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::unexpected{bad_input(type, text)};
    return Cell{number};
}

std::expected<Cell, SqlError> from_text(PostgresType type, std::string_view text) {
    switch (type) {
        case PostgresType::int8:
        case PostgresType::int4:
        case PostgresType::int2:
            return parse_number<std::int64_t>("bigint", text);
        case PostgresType::float8:
            return parse_number<double>("double precision", text);
        case PostgresType::boolean:
            if (text == "t" || text == "true") return Cell{std::int64_t{1}};
            if (text == "f" || text == "false") return Cell{std::int64_t{0}};
            return std::unexpected{bad_input("boolean", text)};
        case PostgresType::timestamptz: {
            const auto when = Timestamp::parse(text);
            if (!when) return std::unexpected{bad_input("timestamp with time zone", text)};
            return Cell{when->unix_micros()};
        }
        default:
            return Cell{std::string{text}};
    }
}

/// Returns a text such as "2026-01-31 12:00:00.5+00".
std::string time_to_text(Timestamp when) {
    auto text = when.to_string();
    text[text.find('T')] = ' ';
    text.pop_back();
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text + "+00";
}

std::string to_text(PostgresType type, const Cell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
    const auto number = std::get<std::int64_t>(cell);
    if (type == PostgresType::boolean) return number != 0 ? "t" : "f";
    if (type == PostgresType::timestamptz) return time_to_text(Timestamp::from_unix_micros(number));
    return std::to_string(number);
}

}  // namespace

std::optional<PostgresType> type_named(std::string_view declared) {
    std::string name{declared};
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    static constexpr std::array<std::pair<std::string_view, PostgresType>, 9> kNames{{{"bigint", PostgresType::int8},
                                                                                      {"integer", PostgresType::int4},
                                                                                      {"int", PostgresType::int4},
                                                                                      {"smallint", PostgresType::int2},
                                                                                      {"text", PostgresType::text},
                                                                                      {"boolean", PostgresType::boolean},
                                                                                      {"double precision", PostgresType::float8},
                                                                                      {"timestamptz", PostgresType::timestamptz},
                                                                                      {"int8", PostgresType::int8}}};
    const auto* const found = std::ranges::find(kNames, std::string_view{name}, [](const auto& pair) { return pair.first; });
    return found == kNames.end() ? std::nullopt : std::optional{found->second};
}

std::expected<Cell, SqlError> cell_from_wire(PostgresType type, int format, std::string_view bytes) {
    if (format == 0) return from_text(type, bytes);
    const auto number = from_network(bytes);
    switch (type) {
        case PostgresType::int8:
            return Cell{static_cast<std::int64_t>(number)};
        case PostgresType::boolean:
            return Cell{static_cast<std::int64_t>(number & 1)};
        case PostgresType::float8:
            return Cell{std::bit_cast<double>(number)};
        case PostgresType::timestamptz:
            return Cell{static_cast<std::int64_t>(number) + kEpochMicros};
        default:
            throw NotModelled{
                fmt::format("the model of PostgreSQL: a binary parameter of type {}", static_cast<std::uint32_t>(type))};
    }
}

std::string cell_to_wire(PostgresType type, int format, const Cell& cell) {
    if (format == 0) return to_text(type, cell);
    switch (type) {
        case PostgresType::int8:
            return network_order(static_cast<std::uint64_t>(std::get<std::int64_t>(cell)), 8);
        case PostgresType::int4:
            return network_order(static_cast<std::uint64_t>(std::get<std::int64_t>(cell)), 4);
        case PostgresType::int2:
            return network_order(static_cast<std::uint64_t>(std::get<std::int64_t>(cell)), 2);
        case PostgresType::boolean:
            return std::string(1, std::get<std::int64_t>(cell) != 0 ? '\1' : '\0');
        case PostgresType::float8: {
            const auto* const real = std::get_if<double>(&cell);
            const auto value = real != nullptr ? *real : static_cast<double>(std::get<std::int64_t>(cell));
            return network_order(std::bit_cast<std::uint64_t>(value), 8);
        }
        case PostgresType::timestamptz:
            return network_order(static_cast<std::uint64_t>(std::get<std::int64_t>(cell) - kEpochMicros), 8);
        case PostgresType::nothing:
            return {};
        default:
            return to_text(type, cell);
    }
}

sql::Value cell_to_value(PostgresType type, const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return sql::Null{};
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* real = std::get_if<double>(&cell)) return *real;
    const auto number = std::get<std::int64_t>(cell);
    if (type == PostgresType::boolean) return number != 0;
    if (type == PostgresType::timestamptz) return Timestamp::from_unix_micros(number);
    if (type == PostgresType::float8) return static_cast<double>(number);
    return number;
}

std::string describe(const Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return "null";
    return to_text(PostgresType::text, cell);
}

std::string describe(const Cells& cells) {
    std::string text;
    for (const auto& cell : cells) {
        const auto part = describe(cell);
        // The lengths distinguish "a, b" and "c" from "a" and "b, c".
        if (!text.empty()) text += fmt::format(", {}:", part.size());
        text += part;
    }
    return text;
}

}  // namespace tw::simulation
