#include "apps/interop/soak.hpp"

#include "apps/interop/cases.hpp"

#include <fmt/format.h>

namespace tw::interop {
namespace {

constexpr std::string_view kOneCall = "large_unary";

}  // namespace

Task<Result<void>> soak(EventLoop& loop, std::function<std::unique_ptr<rpc::Channel>()> make_channel, bool channel_per_call,
                        SoakOptions options) {
    const auto& one_call = *find_case(kOneCall);
    const auto give_up = loop.now() + options.time_max;
    auto channel = make_channel();
    int failures = 0;
    int done = 0;
    std::string last;
    for (; done < options.iterations && loop.now() < give_up; ++done) {
        if (channel_per_call && done > 0) channel = make_channel();
        const auto begin = loop.now();
        const auto outcome = co_await one_call.run(*channel, loop);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(loop.now() - begin);
        if (outcome && took <= options.latency_max) continue;
        ++failures;
        last = outcome ? fmt::format("took {} ms", took.count()) : std::string{outcome.error().detail()};
    }
    if (done < options.iterations) co_return unlike(fmt::format("only {} of {} calls in time", done, options.iterations));
    if (failures > options.failures_max)
        co_return unlike(fmt::format("{} of {} calls failed; the last: {}", failures, done, last));
    co_return Result<void>{};
}

}  // namespace tw::interop
