#include "kit/simulation/postgres/postgres_wire.hpp"

#include "kit/simulation/postgres/postgres_text.hpp"

#include <array>
#include <utility>

namespace tw::simulation {
namespace {

std::uint32_t read_number(std::string_view bytes) {
    std::uint32_t number = 0;
    for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

}  // namespace

std::optional<PostgresMessage> take_message(std::string& bytes, bool first) {
    const std::size_t before = first ? 0 : 1;
    if (bytes.size() < before + 4) return std::nullopt;
    const auto size = before + read_number(std::string_view{bytes}.substr(before, 4));
    if (bytes.size() < size) return std::nullopt;
    PostgresMessage message{first ? '\0' : bytes.front(), bytes.substr(before + 4, size - before - 4)};
    bytes.erase(0, size);
    return message;
}

PostgresWriter& PostgresWriter::begin(char type) {
    bytes_ += type;
    begun_ = bytes_.size();
    return int32(0);
}

PostgresWriter& PostgresWriter::byte(char value) {
    bytes_ += value;
    return *this;
}

PostgresWriter& PostgresWriter::int16(std::size_t value) {
    const std::array<char, 2> bytes{static_cast<char>(value >> 8), static_cast<char>(value)};
    bytes_.append(bytes.data(), bytes.size());
    return *this;
}

PostgresWriter& PostgresWriter::int32(std::int64_t value) {
    const auto number = static_cast<std::uint32_t>(value);
    const std::array<char, 4> bytes{static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                                    static_cast<char>(number >> 8), static_cast<char>(number)};
    bytes_.append(bytes.data(), bytes.size());
    return *this;
}

PostgresWriter& PostgresWriter::text(std::string_view value) {
    bytes_ += value;
    return byte('\0');
}

PostgresWriter& PostgresWriter::bytes(std::string_view value) {
    bytes_ += value;
    return *this;
}

void PostgresWriter::end() {
    const auto size = bytes_.size() - begun_;
    for (std::size_t i = 0; i < 4; ++i) bytes_[begun_ + i] = static_cast<char>(size >> (24 - 8 * i) & 0xff);
}

void PostgresWriter::error(char type, const SqlError& error) {
    begin(type);
    const auto field = [this](char code, std::string_view value) {
        if (!value.empty()) byte(code).text(value);
    };
    field('S', error.severity);
    field('V', error.severity);
    field('C', error.state);
    field('M', error.message);
    field('D', error.detail);
    field('t', error.table);
    field('c', error.column);
    field('n', error.constraint);
    field('R', error.routine);
    byte('\0').end();
}

void PostgresWriter::parameter(std::string_view name, std::string_view value) { begin('S').text(name).text(value).end(); }

std::string PostgresWriter::take() { return std::exchange(bytes_, {}); }

int PostgresReader::int16() { return static_cast<std::int16_t>(read_number(bytes(2))); }

std::int32_t PostgresReader::int32() { return static_cast<std::int32_t>(read_number(bytes(4))); }

std::string_view PostgresReader::text() {
    const auto size = rest_.find('\0');
    if (size == std::string_view::npos) throw NotModelled{"the model of PostgreSQL: a text without its end"};
    const auto text = rest_.substr(0, size);
    rest_.remove_prefix(size + 1);
    return text;
}

std::string_view PostgresReader::bytes(std::size_t size) {
    if (rest_.size() < size) throw NotModelled{"the model of PostgreSQL: a message that ends too early"};
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

}  // namespace tw::simulation
