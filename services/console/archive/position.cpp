#include "services/console/archive/position.hpp"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::console {

std::string record_id(Position position) { return fmt::format("{:06}-{:010}", position.file, position.row); }

std::optional<Position> read_record_id(std::string_view id) {
    Position position;
    const auto dash = id.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto reads = [](std::string_view text, std::int64_t& number) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        return read.ec == std::errc{} && read.ptr == text.data() + text.size();
    };
    if (!reads(id.substr(0, dash), position.file) || !reads(id.substr(dash + 1), position.row)) return std::nullopt;
    return position;
}

std::string page_token(std::span<const std::int64_t> numbers) { return fmt::format("{}", fmt::join(numbers, ".")); }

Result<std::vector<std::int64_t>> read_page_token(std::string_view token, std::size_t count) {
    std::vector<std::int64_t> numbers;
    const char* at = token.data();
    const char* const end = at + token.size();
    while (at < end && numbers.size() < count) {
        auto& number = numbers.emplace_back();
        const auto read = std::from_chars(at, end, number);
        if (read.ec != std::errc{} || number < 0) break;
        at = read.ptr;
        if (at < end && *at == '.') ++at;
    }
    if (numbers.size() != count || at != end) return invalid("/page_token", "is not a token that this list has given");
    return numbers;
}

Result<Position> read_position(std::string_view token) {
    if (token.empty()) return Position{};
    auto numbers = read_page_token(token, 2);
    if (!numbers) return std::move(numbers).error();
    return Position{(*numbers)[0], (*numbers)[1]};
}

}  // namespace tw::console
