#include "kit/auth/refreshed_keys.hpp"

#include "kit/async/one_shot.hpp"
#include "kit/auth/auth_metrics.hpp"
#include "kit/auth/keys/refresh_schedule.hpp"

#include <stdexcept>
#include <utility>

namespace tw::auth {

RefreshedKeys::RefreshedKeys(EventLoop& loop, const Clock& clock, telemetry::Telemetry telemetry, std::string issuer,
                             std::unique_ptr<JwksLocation> location, const KeyRefreshOptions& options)
    : loop_{loop},
      clock_{clock},
      telemetry_{telemetry},
      issuer_{std::move(issuer)},
      location_{std::move(location)},
      options_{options},
      schedule_{std::make_unique<RefreshSchedule>(options)},
      readings_{telemetry.meter.counter(kKeyReads, {{"tw.auth.issuer", issuer_}, {"tw.auth.outcome", "read"}})},
      failures_{telemetry.meter.counter(kKeyReads, {{"tw.auth.issuer", issuer_}, {"tw.auth.outcome", "failed"}})} {
    if (!options_.validate()) throw std::logic_error{"the refresh options are not valid"};
}

RefreshedKeys::~RefreshedKeys() = default;

const KeySet* RefreshedKeys::current() {
    const auto now = clock_.steady_now();
    if (schedule_->due(now)) begin();
    return schedule_->usable(now) ? &*keys_ : nullptr;
}

Task<Result<void>> RefreshedKeys::refresh(const CallContext& ctx) {
    if (ctx.over()) co_return ctx.over_before_start();
    if (reading_ == nullptr) {
        const auto now = clock_.steady_now();
        // Without keys, the pauses after failures say when they are read. So the first look for an
        // unknown name after an outage need not wait.
        const bool has_keys = schedule_->usable(now);
        const bool may_read = has_keys ? schedule_->may_look_for_unknown(now) : schedule_->due(now);
        if (!may_read) co_return Result<void>{};
        if (has_keys) schedule_->on_unknown(now);
        begin();
    }
    if (reading_ != nullptr) {
        WaitList::Waiter waiter{waiting_, loop_, ctx.scope()};
        co_await waiter;
    }
    if (ctx.over()) co_return *ctx.over();
    co_return Result<void>{};
}

Task<void> RefreshedKeys::stop() {
    // Closing comes first, so that a call which the end of a reading wakes begins no other one.
    OneShot<bool> closed;
    gate_.close([&closed] { closed.set(true); });
    if (reading_ != nullptr) reading_->cancel(cancelled());
    co_await closed;
}

void RefreshedKeys::begin() {
    if (reading_ == nullptr && !gate_.closed()) spawn(gate_, read());
}

Task<void> RefreshedKeys::read() {
    RootCall call{loop_, Deadline::after(loop_.now(), options_.timeout)};
    reading_ = &call.scope();
    auto text = co_await location_->read(call.context());
    reading_ = nullptr;
    take(std::move(text));
    waiting_.wake_all();
}

void RefreshedKeys::take(Result<std::string> text) {
    const auto now = clock_.steady_now();
    auto fresh = text ? KeySet::parse(*text) : Result<KeySet>{std::move(text).error()};
    if (!fresh) {
        schedule_->on_failure(now, random_.uniform());
        failures_.add();
        report(fresh.error());
        failure_ = std::move(fresh).error();
        return;
    }
    schedule_->on_success(now, random_.uniform());
    readings_.add();
    const bool changed = !keys_ || keys_->number() != fresh->number();
    if (changed || failure_) {
        telemetry_.log.log(telemetry::Severity::info, "auth.keys_read",
                           {{"tw.auth.issuer", issuer_}, {"tw.auth.keys", fresh->kids()}},
                           "The keys of " + issuer_ + " were read from " + location_->name() + ".");
    }
    failure_.reset();
    if (changed) keys_ = std::move(*fresh);
}

void RefreshedKeys::report(const Error& error) const {
    telemetry_.log.log(telemetry::Severity::warn, "auth.keys_not_read",
                       {{"tw.auth.issuer", issuer_}, {"error.type", error.reason()}, {"error.message", error.detail()}},
                       "The keys of " + issuer_ + " cannot be read from " + location_->name() + ": " + error.detail());
}

}  // namespace tw::auth
