#include "kit/async/sleep.hpp"

#include "kit/async/one_shot.hpp"

namespace tw {

Task<Result<void>> sleep_for(const CallContext& ctx, std::chrono::nanoseconds delay) {
    if (ctx.over()) co_return ctx.over_before_start();
    OneShot<Result<void>> done;
    Timer timer{ctx.loop().timers(), [&done] { done.set({}); }};
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) {
                                     timer.cancel();
                                     done.set(why);
                                 }};
    timer.arm(Deadline::after(ctx.loop().now(), delay).when());
    co_return co_await done;
}

}  // namespace tw
