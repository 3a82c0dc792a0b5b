#include "kit/rpc/adaptive_limit.hpp"

#include "kit/async/cancel.hpp"
#include "kit/base/reasons.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/standard_method.hpp"
#include "kit/rpc/telemetry/rpc_metrics.hpp"

#include <algorithm>
#include <span>

namespace tw::rpc {
namespace {

struct PriorityShare {
    std::string_view name;
    /// The share of the limit that calls of the priority may fill.
    double share;
};

/// In the order of Priority.
constexpr std::array<PriorityShare, kPriorities> kShares{PriorityShare{"payment", 1.0}, PriorityShare{"write", 0.9},
                                                         PriorityShare{"read", 0.8}, PriorityShare{"background", 0.5}};

/// A call that was refused should not come back before the limit has had time to adapt.
constexpr std::chrono::seconds kRetryAfter{1};

/// How many times longer than other calls a payment waits.
constexpr int kPaymentWaitFactor = 2;

}  // namespace

AdaptiveLimit::AdaptiveLimit(EventLoop& loop, telemetry::Meter& meter, const AdaptiveLimitOptions& options)
    : loop_{loop},
      options_{options},
      gradient_{options.gradient},
      queue_{options.wait_max},
      limit_metric_{meter.counter(kConcurrencyLimit)},
      waiting_metric_{meter.counter(kCallsWaiting)} {
    for (const auto& one : kShares) {
        refused_metrics_.push_back(
            meter.counter(kCallsRefused, {{"tw.rpc.priority", one.name}, {"error.type", reason::kOverloaded}}));
        late_metrics_.push_back(
            meter.counter(kCallsRefused, {{"tw.rpc.priority", one.name}, {"error.type", reason::kDeadlineExceeded}}));
    }
    divide_limit();
}

void AdaptiveLimit::divide_limit() {
    limit_metric_.set(gradient_.limit());
    for (std::size_t i = 0; i < kPriorities; ++i) {
        priorities_[i].room = std::max(1U, static_cast<std::uint32_t>(kShares[i].share * gradient_.limit()));
    }
}

Policy::Part AdaptiveLimit::part_in(const Method& method) const {
    return {.before = method.shape == Shape::unary && !is_standard(method)};
}

AdaptiveLimit::Known& AdaptiveLimit::known(const Method& method) {
    if (last_asked_ != nullptr && last_asked_->first == &method) return last_asked_->second;
    auto found = known_.find(&method);
    if (found == known_.end()) found = known_.emplace(&method, Known{.number = gradient_.add_method()}).first;
    last_asked_ = &*found;
    return last_asked_->second;
}

ValueTask<Result<void>> AdaptiveLimit::before(const CallContext& ctx, CallInfo& call) {
    const auto now = loop_.now();
    if (options_.checks_deadlines && !ctx.deadline().is_never() &&
        !known(call.method).budget.can_meet(ctx.deadline().remaining(now))) {
        late_metrics_[index(call)].add();
        return deadline_exceeded();
    }
    if (in_flight_ >= priorities_[index(call)].room && options_.limits_calls) return wait_or_refuse(ctx, call, now);
    admit(call, now);
    return {};
}

ValueTask<Result<void>> AdaptiveLimit::wait_or_refuse(const CallContext& ctx, CallInfo& call, SteadyTime now) {
    if (!may_wait(call, now)) return overloaded(call);
    gradient_.on_wait();
    const bool is_payment = call.method.priority == Priority::payment;
    const auto time = is_payment ? kPaymentWaitFactor * options_.wait_max : options_.wait_max;
    return wait(ctx, call, now + time);
}

bool AdaptiveLimit::may_wait(const CallInfo& call, SteadyTime now) {
    std::size_t ahead = 0;
    for (std::size_t i = 0; i <= index(call); ++i) ahead += priorities_[i].waiting;
    const bool turn_comes_in_time = queue_.lets_wait(ahead, now);
    if (queue_.overload_lasts(now)) refuse_waiters();
    if (priorities_[index(call)].waiting >= options_.calls_waiting_max) return false;
    return turn_comes_in_time || call.method.priority == Priority::payment;
}

Task<Result<void>> AdaptiveLimit::wait(const CallContext& ctx, CallInfo& call, SteadyTime until) {
    auto& queue = priorities_[index(call)];
    CancelScope pause{loop_, Deadline::at(until), &ctx.scope()};
    if (ctx.over()) co_return ctx.over_before_start();
    Waiter waiter{queue.waiters, loop_, pause};
    ++queue.waiting;
    ++waiting_;
    waiting_metric_.add(1);
    co_await waiter;
    --queue.waiting;
    --waiting_;
    waiting_metric_.add(-1);
    if (!waiter.admitted && ctx.over()) co_return ctx.over_before_start();
    if (!waiter.admitted) co_return overloaded(call);
    call.admitted_at = loop_.now();
    co_return Result<void>{};
}

Error AdaptiveLimit::overloaded(const CallInfo& call) {
    gradient_.on_full();
    queue_.on_refused(loop_.now());
    refused_metrics_[index(call)].add();
    return Error{Code::unavailable, reason::kOverloaded, "The module serves as many calls as it can; try again."}
        .with_retry_after(kRetryAfter);
}

void AdaptiveLimit::after(CallInfo& call) noexcept {
    const auto now = loop_.now();
    auto& method = known(call.method);
    const auto latency = now - call.admitted_at;
    method.budget.on_end(latency);
    queue_.on_end();
    const bool changed = gradient_.on_end(method.number, latency, in_flight_, now);
    --in_flight_;
    if (changed) divide_limit();
    if (waiting_ > 0) admit_waiters();
}

void AdaptiveLimit::admit_waiters() {
    for (auto& queue : priorities_) {
        while (!queue.waiters.empty() && in_flight_ < queue.room) {
            auto& waiter = static_cast<Waiter&>(queue.waiters.first());
            ++in_flight_;
            waiter.admitted = true;
            waiter.wake();
        }
    }
}

/// All but payments.
void AdaptiveLimit::refuse_waiters() {
    for (auto& queue : std::span{priorities_}.subspan(static_cast<std::size_t>(Priority::payment) + 1)) {
        while (!queue.waiters.empty()) queue.waiters.first().wake();
    }
}

}  // namespace tw::rpc
