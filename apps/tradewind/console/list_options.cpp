#include "apps/tradewind/console/list_options.hpp"

#include "apps/tradewind/console/time_argument.hpp"

#include <charconv>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::size_t kLimit = 50;
constexpr std::size_t kLimitBeforeFollowing = 10;
constexpr std::size_t kLimitMax = 10'000;

std::unexpected<CommandFailure> wrong_usage(std::string text) {
    return std::unexpected(CommandFailure{std::move(text), cli::kUsage});
}

Outcome<std::size_t> read_limit(const std::string& text, bool follow) {
    if (text.empty()) return follow ? kLimitBeforeFollowing : kLimit;
    std::size_t limit = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const std::size_t least = follow ? 0 : 1;
    if (fault == std::errc{} && end == text.data() + text.size() && limit >= least && limit <= kLimitMax) return limit;
    return wrong_usage(fmt::format("--limit takes a number from {} to {}, and not {}", least, kLimitMax, text));
}

}  // namespace

Outcome<ListOptions> read_list_options(const cli::Arguments& arguments, Timestamp now) {
    ListOptions options{.follow = arguments.has("--follow"), .json = arguments.has("--json")};
    options.query = fmt::format("{}", fmt::join(arguments.texts("QUERY"), " "));
    if (options.follow && arguments.has("--to")) return wrong_usage("--follow shows what comes from now on, so it takes no --to");
    for (const auto& [option, place] : {std::pair{"--from", &options.from_us}, std::pair{"--to", &options.to_us}}) {
        if (!arguments.has(option)) continue;
        const auto time = read_time_argument(option, arguments.text(option), now);
        if (!time) return wrong_usage(time.error().detail());
        *place = time->unix_micros();
    }
    if (options.to_us != 0 && options.from_us >= options.to_us) return wrong_usage("--from must be before --to");
    auto limit = read_limit(arguments.text("--limit"), options.follow);
    if (!limit) return std::unexpected(std::move(limit).error());
    options.limit = *limit;
    return options;
}

}  // namespace tw::app
