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
    // The caller may destroy what the work has used. The last round may have ended within a
    // callback of it, such as one of a database connection, and that callback still runs.
    co_await hop_to(call_.context().loop());
}

Task<void> BackgroundLoop::run() {
    const auto& ctx = call_.context();
    while (!ctx.over()) {
        woken_ = false;
        const auto next = co_await round();
        if (next == Next::at_once || woken_) {
            co_await hop_to(ctx.loop());
        } else {
            co_await rest();
        }
    }
}

void BackgroundLoop::wake() {
    woken_ = true;
    if (resting_ != nullptr) resting_->cancel(cancelled());
}

Task<void> BackgroundLoop::rest() {
    CancelScope scope{call_.context().loop(), Deadline::never(), &call_.scope()};
    resting_ = &scope;
    // The sleep ends early, with an error, when the loop is woken or stopped. The loop's condition
    // notices the latter.
    std::ignore = co_await sleep_for(call_.context().with_scope(scope), interval_);
    resting_ = nullptr;
}

Task<BackgroundLoop::Next> BackgroundLoop::round() {
    std::string what;
    try {
        const auto ctx = call_.context().with_trace(TraceContext::no_trace());
        auto work = work_(ctx);
        co_return co_await std::move(work);
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "an object that is not a std::exception";
    }
    log_.error(call_.context(), "background.failed", {{"tw.background.name", name_}, {"exception.message", what}},
               std::string{name_} + " failed and will be tried again: " + what);
    co_return Next::rest;
}

}  // namespace tw::telemetry
