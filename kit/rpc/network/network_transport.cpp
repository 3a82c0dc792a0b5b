#include "kit/rpc/network/network_transport.hpp"

#include "kit/async/sleep.hpp"
#include "kit/rpc/call/repeat.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/network/retrying_stream.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tw::rpc {
namespace {

/// Makes `connector_to` for the constructor with one connector. There is one address, so
/// `connector_to` is called once.
std::function<Connector(const net::Address&)> once(Connector connector) {
    auto kept = std::make_shared<Connector>(std::move(connector));
    return [kept](const net::Address&) { return std::move(*kept); };
}

Target named(std::string authority) {
    auto address = net::Address::parse(authority);
    return Target::of(address ? std::move(*address) : net::Address{std::move(authority)});
}

}  // namespace

NetworkTransport::NetworkTransport(EventLoop& loop, const Target& target, const ChannelOptions& options,
                                   Dependencies dependencies, const telemetry::Propagators& propagators)
    : loop_{loop},
      target_{target.text},
      settings_{
          std::make_shared<const CallSettings>(CallSettings{.authority = target.authority(),
                                                            .callee = options.callee.empty() ? target.name() : options.callee,
                                                            .address = target.name(),
                                                            .options = options,
                                                            .propagators = propagators})},
      connector_to_{std::move(dependencies.connector_to)},
      budget_{options.retry},
      picker_{options.policy, {}},
      outliers_{options.outliers},
      report_{std::move(dependencies.report)},
      self_{std::make_shared<NetworkTransport*>(this)} {
    if (!dependencies.lookup) {
        set_addresses(target.addresses);
        return;
    }
    const ResolveSchedule::Options schedule{.interval_least = options.resolve_interval_least,
                                            .period = options.resolve_period,
                                            .backoff_first = options.backoff_first,
                                            .backoff_last = options.backoff_last};
    resolver_ = std::make_unique<Resolver>(loop, std::move(dependencies.lookup), options.resolve_time_max, schedule,
                                           [this](auto outcome) { on_resolved(std::move(outcome)); });
}

NetworkTransport::NetworkTransport(EventLoop& loop, std::string authority, const ChannelOptions& options, Connector connector,
                                   const telemetry::Propagators& propagators)
    : NetworkTransport{loop, named(std::move(authority)), options, Dependencies{.connector_to = once(std::move(connector))},
                       propagators} {}

NetworkTransport::~NetworkTransport() {
    *self_ = nullptr;
    wake_all(true);
    for (const auto& subchannel : subchannels_) {
        if (report_ && subchannel->replica().breaker().open()) report_->forget_open();
        subchannel->close();
    }
}

Task<Result<void>> NetworkTransport::unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) {
    return exchange(ctx, call, {.request = &request, .response = &response});
}

Task<Result<void>> NetworkTransport::unary_bytes(const CallContext& ctx, CallInfo& call, std::string_view request,
                                                 std::string& response) {
    return exchange(ctx, call, {.request_bytes = request, .response_bytes = &response});
}

Task<Result<void>> NetworkTransport::exchange(const CallContext& ctx, CallInfo& call, UnaryExchange unary) {
    RetryPlan plan{settings_->options.retry, budget_, is_repeatable(call.method, ctx)};
    const Subchannel* avoid = nullptr;
    while (true) {
        if (ctx.over()) co_return plan.conclude(ctx.over_before_start());
        Failure failure;
        Result<void> outcome;
        auto link = ready_link(avoid);
        if (!link) {
            auto waited = co_await acquire(ctx, call);
            if (waited) {
                link = std::move(*waited);
            } else {
                outcome = std::move(waited).error();
                failure = failure_before_start(outcome.error());
            }
        }
        if (link) {
            NetworkCall stream{ctx, call, *settings_, &link->replica()};
            if (!stream.start(link->session(), plan.previous_attempts())) {
                link->give_up();
                outcome = unreachable();
                failure.unprocessed = true;
            } else {
                outcome = co_await stream.exchange(unary);
                if (outcome) {
                    budget_.on_success();
                    co_return outcome;
                }
                failure = stream.failure();
                if (stream.connection_lost()) link->give_up();
            }
            avoid = link->home();
        }
        plan.note(outcome.error());
        if (!co_await may_try_again(ctx, call, plan, failure)) co_return plan.conclude(std::move(outcome).error());
    }
}

Task<bool> NetworkTransport::may_try_again(const CallContext& ctx, CallInfo& call, RetryPlan& plan, const Failure& failure) {
    if (ctx.over()) co_return false;
    const auto delay = plan.after(failure, random_.uniform());
    if (!delay) {
        // The caller of the call that is being served must not repeat it too. Retries in one place
        // are enough, nearest to the fault.
        auto* const for_caller = served(ctx);
        if (for_caller != nullptr && plan.responsible() && failure.code == Code::unavailable) refuse_retries(*for_caller);
        co_return false;
    }
    if (!ctx.deadline().is_never() && ctx.deadline().remaining(loop_.now()) <= *delay) co_return false;
    ++retries_;
    call.retries = plan.retries();
    call.initial_metadata.clear();
    call.trailing_metadata.clear();
    // The next attempt first checks whether the call is over.
    if (delay->count() > 0) static_cast<void>(co_await sleep_for(ctx, *delay));
    co_return true;
}

Task<Result<std::unique_ptr<ClientStream>>> NetworkTransport::open(const CallContext& ctx, CallInfo& call) {
    auto stream = std::make_unique<RetryingStream>(*this, ctx, call);
    if (auto opened = co_await stream->open(); !opened) co_return std::move(opened).error();
    co_return std::unique_ptr<ClientStream>{std::move(stream)};
}

bool NetworkTransport::waits_for_ready(const CallInfo& call) const {
    const bool by_default = settings_->options.wait_for_ready;
    return call.options != nullptr ? call.options->wait_for_ready.value_or(by_default) : by_default;
}

std::shared_ptr<Link> NetworkTransport::ready_link(const Subchannel* avoid) {
    // A new call must not overtake calls that wait.
    if (!waiters_.empty()) return nullptr;
    if (impaired_) look_after_replicas();
    auto index = picker_.pick([&](std::size_t i) { return subchannels_[i].get() != avoid && has_room(i); });
    if (!index && avoid != nullptr) index = picker_.pick([this](std::size_t i) { return has_room(i); });
    return index ? subchannels_[*index]->link() : nullptr;
}

Picker::Step NetworkTransport::next_step() {
    if (!subchannels_.empty() || !resolver_) return picker_.step(loop_.now());
    resolver_->resolve();
    if (!subchannels_.empty()) return picker_.step(loop_.now());
    return {resolver_->running() ? Picker::Advice::wait : Picker::Advice::fail};
}

SteadyTime NetworkTransport::retry_at() const {
    if (subchannels_.empty()) return resolver_ ? resolver_->next() : SteadyTime::max();
    return picker_.keeps_connected() ? SteadyTime::max() : picker_.retry_at();
}

Task<Result<std::shared_ptr<Link>>> NetworkTransport::acquire(const CallContext& ctx, const CallInfo& call) {
    const auto self = self_;
    while (true) {
        if (ctx.over()) co_return ctx.over_before_start();
        if (auto link = ready_link(nullptr)) co_return link;
        const auto step = next_step();
        if (step.advice == Picker::Advice::connect) {
            subchannels_[step.index]->connect();
            continue;
        }
        std::optional<CancelScope> pause;
        if (const auto until = blocked_until(); until && step.advice == Picker::Advice::wait) {
            if (!waits_for_ready(call)) co_return circuit_open(*until);
            pause.emplace(loop_, Deadline::at(*until), &ctx.scope());
        } else if (step.advice == Picker::Advice::fail) {
            if (!waits_for_ready(call)) co_return last_resort_or_failure();
            if (const auto when = retry_at(); when != SteadyTime::max()) {
                pause.emplace(loop_, Deadline::at(when), &ctx.scope());
            }
        }
        if (calls_waiting_ >= settings_->options.calls_waiting_max) co_return too_many_waiting();
        Waiter waiter{*this, pause ? *pause : ctx.scope()};
        ++calls_waiting_;
        co_await waiter;
        if (waiter.link) waiter.link->release_reserved_stream();
        if (*self == nullptr) co_return unavailable("the channel is gone");
        --calls_waiting_;
        // The call may have ended after it was woken. Nothing may begin for it then, since nothing
        // would end it.
        const bool over = ctx.over().has_value();
        if (waiter.link) {
            if (!waiter.link->leaving() && !over) co_return waiter.link;
            on_room();
        }
        if (over) co_return ctx.over_before_start();
        if (waiter.failed && !waits_for_ready(call)) co_return last_resort_or_failure();
    }
}

Result<std::shared_ptr<Link>> NetworkTransport::last_resort_or_failure() {
    const auto found =
        std::ranges::find_if(subchannels_, [](const auto& one) { return one->unhealthy() && one->link()->has_room(); });
    if (found == subchannels_.end()) return unreachable();
    return (*found)->link();
}

Error NetworkTransport::unreachable() const {
    return unavailable(settings_->callee + " cannot be reached.").with_cause(settings_->address + ": " + last_failure_);
}

ChannelState NetworkTransport::state() const {
    ChannelState state;
    state.target = target_;
    state.policy = picker_.name();
    state.connectivity = picker_.overall();
    state.retries = retries_;
    for (const auto& subchannel : subchannels_) state.subchannels.push_back(subchannel->state());
    return state;
}

}  // namespace tw::rpc
