#include "kit/telemetry/background_loop.hpp"

#include "kit/async/sleep.hpp"

#include <exception>
#include <string>
#include <utility>

namespace tw::telemetry {

BackgroundLoop::BackgroundLoop(EventLoop& loop, const Logger& log, std::string_view name, std::chrono::nanoseconds interval,
                               Work work)
    : call_{loop}, log_{log}, name_{name}, interval_{interval}, work_{std::move(work)} {}

void BackgroundLoop::start() { spawn(gate_, run()); }

Task<void> BackgroundLoop::stop() {
    call_.scope().cancel(cancelled());
    co_await close_and_wait(gate_);
}

Task<void> BackgroundLoop::run() {
    const auto& ctx = call_.context();
    while (!ctx.over()) {
        const auto next = co_await round();
        if (next == Next::at_once) {
            co_await hop_to(ctx.loop());
            continue;
        }
        // The sleep ends early, with an error, when the loop is stopped; the loop's condition
        // notices that.
        std::ignore = co_await sleep_for(ctx, interval_);
    }
}

Task<BackgroundLoop::Next> BackgroundLoop::round() {
    std::string what;
    try {
        auto work = work_(call_.context());
        co_return co_await std::move(work);
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "something that is no std::exception";
    }
    log_.error(call_.context(), "background.failed", {{"tw.background.name", name_}, {"exception.message", what}},
               std::string{name_} + " failed and goes on later: " + what);
    co_return Next::rest;
}

}  // namespace tw::telemetry
