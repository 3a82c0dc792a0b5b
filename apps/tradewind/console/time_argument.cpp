#include "apps/tradewind/console/time_argument.hpp"

#include "kit/runtime/reasons.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace tw::app {
namespace {

using std::chrono::microseconds;

std::optional<microseconds> unit_of(std::string_view name) {
    using namespace std::chrono_literals;
    if (name == "s") return 1s;
    if (name == "m") return 1min;
    if (name == "h") return 1h;
    if (name == "d") return 24h;
    return std::nullopt;
}

/// Reads "-15m". Ten years are enough, and nothing overflows.
std::optional<microseconds> read_distance(std::string_view text) {
    if (!text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t count = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto unit = unit_of(text.substr(static_cast<std::size_t>(end - text.data())));
    constexpr microseconds kMost = std::chrono::hours{24 * 3'660};
    if (fault != std::errc{} || !unit || count < 0 || count > kMost / *unit) return std::nullopt;
    return *unit * count;
}

}  // namespace

Result<Timestamp> read_time_argument(std::string_view option, std::string_view text, Timestamp now) {
    if (const auto distance = read_distance(text)) return now - *distance;
    if (const auto time = Timestamp::parse(text)) return *time;
    return Error{Code::invalid_argument, reason::kBadConfig,
                 fmt::format("{} takes a time such as -15m (s, m, h or d) or 2026-01-31T12:00:00Z, and not {}", option, text)};
}

}  // namespace tw::app
