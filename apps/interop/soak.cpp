#include "apps/interop/soak.hpp"

#include "apps/interop/cases.hpp"
#include "kit/async/combine.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace tw::interop {
namespace {

constexpr std::string_view kOneCall = "large_unary";

struct Tally {
    int done = 0;
    int failures = 0;
    std::string last;  ///< why the failure that came last happened
};

struct Soak {
    EventLoop& loop;
    std::function<std::unique_ptr<rpc::Channel>()> make_channel;
    std::unique_ptr<rpc::Channel> shared;  ///< null where each call has a channel of its own
    SoakOptions options;
    SteadyTime give_up;
};

/// Makes one caller's calls, one after the other. `soak` must outlive the task.
Task<Tally> call_in_turn(const Soak& soak, int calls) {
    const auto& one_call = *find_case(kOneCall);
    Tally tally;
    for (; tally.done < calls && soak.loop.now() < soak.give_up; ++tally.done) {
        const auto own = soak.shared ? nullptr : soak.make_channel();
        const auto begin = soak.loop.now();
        const auto outcome = co_await one_call.run(own ? *own : *soak.shared, soak.loop);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(soak.loop.now() - begin);
        if (outcome && took <= soak.options.latency_max) continue;
        ++tally.failures;
        tally.last = outcome ? fmt::format("took {} ms", took.count()) : std::string{outcome.error().detail()};
    }
    co_return tally;
}

Result<void> judge(const Tally& tally, const SoakOptions& options) {
    if (tally.done < options.iterations) {
        return unlike(fmt::format("only {} of {} calls in time", tally.done, options.iterations));
    }
    if (tally.failures > options.failures_max) {
        return unlike(fmt::format("{} of {} calls failed; one of them: {}", tally.failures, tally.done, tally.last));
    }
    return {};
}

}  // namespace

Task<Result<void>> soak(EventLoop& loop, std::function<std::unique_ptr<rpc::Channel>()> make_channel, bool channel_per_call,
                        SoakOptions options) {
    Soak shared{.loop = loop,
                .make_channel = std::move(make_channel),
                .shared = nullptr,
                .options = options,
                .give_up = loop.now() + options.time_max};
    if (!channel_per_call) shared.shared = shared.make_channel();
    std::vector<Task<Tally>> callers;
    for (int i = 0; i < options.callers; ++i) {
        const bool takes_one_of_the_rest = i < options.iterations % options.callers;
        callers.push_back(call_in_turn(shared, options.iterations / options.callers + (takes_one_of_the_rest ? 1 : 0)));
    }
    Tally sum;
    for (auto& tally : co_await all(std::move(callers))) {
        sum.done += tally.done;
        sum.failures += tally.failures;
        if (tally.failures > 0) sum.last = std::move(tally.last);
    }
    co_return judge(sum, options);
}

}  // namespace tw::interop
