#include "kit/otlp/pipeline/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tw::otlp {
namespace {

using std::chrono::milliseconds;

/// A receiver that says "in a year" means "no". The bound also keeps the arithmetic far from
/// overflow.
constexpr std::int64_t kSecondsMax = 365LL * 24 * 3600;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Fields {
    char month[4] = {};
    int day = 0;
    int year = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

/// Reads IMF-fixdate, RFC 850's form or asctime's.
bool scan(const char* text, Fields& f) {
    int end = 0;
    const auto whole = [&](int fields) { return fields == 6 && end > 0 && text[end] == '\0'; };
    if (whole(std::sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &f.day, f.month, &f.year, &f.hour, &f.minute,
                          &f.second, &end))) {
        return true;
    }
    if (whole(std::sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &f.day, f.month, &f.year, &f.hour, &f.minute,
                          &f.second, &end))) {
        f.year += f.year < 70 ? 2000 : 1900;
        return true;
    }
    return whole(std::sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", f.month, &f.day, &f.hour, &f.minute, &f.second,
                             &f.year, &end));
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
    using namespace std::chrono;
    Fields fields;
    if (!scan(std::string{text}.c_str(), fields)) return std::nullopt;
    const auto month = std::ranges::find(kMonths, std::string_view{fields.month});
    if (month == kMonths.end()) return std::nullopt;
    const year_month_day date{std::chrono::year{fields.year},
                              std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
                              std::chrono::day{static_cast<unsigned>(fields.day)}};
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    const auto moment = sys_days{date} + hours{fields.hour} + minutes{fields.minute} + seconds{fields.second};
    return Timestamp::from_unix_micros(duration_cast<microseconds>(moment.time_since_epoch()).count());
}

}  // namespace

bool is_retryable_code(Code code, bool retry_info) {
    switch (code) {
        case Code::cancelled:
        case Code::deadline_exceeded:
        case Code::aborted:
        case Code::out_of_range:
        case Code::unavailable:
        case Code::data_loss:
            return true;
        case Code::resource_exhausted:
            return retry_info;
        default:
            return false;
    }
}

bool is_retryable_http_status(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

std::optional<milliseconds> parse_retry_after(std::string_view value, Timestamp now) {
    std::int64_t seconds = 0;
    const auto* const end = value.data() + value.size();
    const auto [stop, failure] = std::from_chars(value.data(), end, seconds);
    if (stop == end && !value.empty() && seconds >= 0 && failure != std::errc::invalid_argument) {
        if (failure == std::errc::result_out_of_range) seconds = kSecondsMax;
        return milliseconds{std::min(seconds, kSecondsMax) * 1000};
    }
    const auto date = parse_http_date(value);
    if (!date) return std::nullopt;
    return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds{0}, milliseconds{kSecondsMax * 1000});
}

std::optional<std::chrono::nanoseconds> RetrySchedule::next(SteadyTime now, std::optional<milliseconds> asked, double random) {
    const auto pause = backoff_.next(random);
    const std::chrono::nanoseconds delay = asked ? *asked : pause;
    if (!give_up_.is_never() && delay >= give_up_.remaining(now)) return std::nullopt;
    return delay;
}

}  // namespace tw::otlp
