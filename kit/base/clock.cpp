#include "kit/base/clock.hpp"

#include "kit/base/simulated_machine.hpp"

#include <charconv>

namespace tw {
namespace {

/// Writes two decimal digits to `out`.
void put2(char* out, unsigned value) {
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
}

/// Takes `width` decimal digits off the front of `text`. Returns false if there are fewer.
bool take_digits(std::string_view& text, std::size_t width, int& out) {
    if (text.size() < width) return false;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + width, out);
    if (failure != std::errc{} || end != text.data() + width || text[0] == '-') return false;
    text.remove_prefix(width);
    return true;
}

bool take_char(std::string_view& text, char expected) {
    if (text.empty() || text[0] != expected) return false;
    text.remove_prefix(1);
    return true;
}

/// Takes the fraction of a second, which follows the dot, as microseconds. It has one to nine
/// digits.
bool take_fraction(std::string_view& text, std::int64_t& micros) {
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        if (digits < 6) micros = micros * 10 + (text[digits] - '0');
    }
    if (digits == 0 || digits > 9) return false;
    for (std::size_t i = digits; i < 6; ++i) micros *= 10;
    text.remove_prefix(digits);
    return true;
}

/// Reads "Z" or "+hh:mm" as minutes. `text` must hold nothing else.
bool take_offset(std::string_view text, int& minutes) {
    if (text == "Z" || text == "z") return true;
    const bool west = !text.empty() && text[0] == '-';
    if (!west && (text.empty() || text[0] != '+')) return false;
    text.remove_prefix(1);
    int hour = 0;
    int minute = 0;
    if (!take_digits(text, 2, hour) || !take_char(text, ':') || !take_digits(text, 2, minute) || !text.empty()) return false;
    if (hour > 23 || minute > 59) return false;
    minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
}

}  // namespace

std::string Timestamp::to_string() const {
    using namespace std::chrono;
    const sys_time<microseconds> moment{microseconds{micros_}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const auto since_midnight = static_cast<std::uint64_t>((moment - day).count());
    const auto seconds = static_cast<unsigned>(since_midnight / 1'000'000);
    const auto fraction = static_cast<unsigned>(since_midnight % 1'000'000);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));

    std::string out = "0000-00-00T00:00:00.000000Z";
    put2(out.data(), year / 100);
    put2(out.data() + 2, year % 100);
    put2(out.data() + 5, static_cast<unsigned>(date.month()));
    put2(out.data() + 8, static_cast<unsigned>(date.day()));
    put2(out.data() + 11, seconds / 3600);
    put2(out.data() + 14, seconds / 60 % 60);
    put2(out.data() + 17, seconds % 60);
    put2(out.data() + 20, fraction / 10'000);
    put2(out.data() + 22, fraction / 100 % 100);
    put2(out.data() + 24, fraction % 100);
    return out;
}

std::optional<Timestamp> Timestamp::parse(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    if (!take_digits(text, 4, year) || !take_char(text, '-') || !take_digits(text, 2, month) || !take_char(text, '-') ||
        !take_digits(text, 2, day)) {
        return std::nullopt;
    }
    if (!take_char(text, 'T') && !take_char(text, 't')) return std::nullopt;
    if (!take_digits(text, 2, hour) || !take_char(text, ':') || !take_digits(text, 2, minute) || !take_char(text, ':') ||
        !take_digits(text, 2, second)) {
        return std::nullopt;
    }
    std::int64_t micros = 0;
    if (take_char(text, '.') && !take_fraction(text, micros)) return std::nullopt;
    int offset_minutes = 0;
    if (!take_offset(text, offset_minutes)) return std::nullopt;

    using namespace std::chrono;
    const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                              std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const auto moment = sys_days{date} + hours{hour} + minutes{minute - offset_minutes} + seconds{second} + microseconds{micros};
    return Timestamp{duration_cast<microseconds>(moment.time_since_epoch()).count()};
}

SteadyTime steady_now() {
    if (const auto* simulated = SimulatedMachine::current()) [[unlikely]]
        return simulated->steady_now();
    return std::chrono::steady_clock::now();
}

Timestamp SystemClock::now() const {
    using namespace std::chrono;
    if (const auto* simulated = SimulatedMachine::current()) [[unlikely]]
        return simulated->now();
    return Timestamp::from_unix_micros(duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace tw
