#include "kit/rpc/network/resolver.hpp"

#include "kit/base/random.hpp"

#include <optional>
#include <utility>

namespace tw::rpc {

struct Resolver::Shared {
    EventLoop& loop;
    Lookup lookup;
    std::chrono::nanoseconds time_max;
    /// Null when the resolver is gone.
    Resolver* resolver;
    CancelScope* running = nullptr;
    Random random{};
};

Resolver::Resolver(EventLoop& loop, Lookup lookup, std::chrono::nanoseconds time_max, const ResolveSchedule::Options& schedule,
                   Sink sink)
    : loop_{loop},
      schedule_{schedule},
      sink_{std::move(sink)},
      shared_{new Shared{loop, std::move(lookup), time_max, this}},
      timer_{loop.timers(), [this] { resolve(); }} {}

Resolver::~Resolver() {
    shared_->resolver = nullptr;
    if (shared_->running != nullptr) shared_->running->cancel(cancelled());
}

void Resolver::want() {
    schedule_.want();
    resolve();
}

void Resolver::resolve() {
    if (schedule_.start(loop_.now())) return spawn(gate_.get(), run(shared_));
    if (const auto next = schedule_.next(); next != SteadyTime::max()) timer_.arm(next);
}

Task<void> Resolver::run(std::shared_ptr<Shared> shared) {
    std::optional<RootCall> call{std::in_place, shared->loop, Deadline::after(shared->loop.now(), shared->time_max)};
    shared->running = &call->scope();
    auto outcome = co_await shared->lookup(call->context());
    shared->running = nullptr;
    call.reset();
    if (shared->resolver != nullptr) shared->resolver->on_outcome(std::move(outcome));
}

void Resolver::on_outcome(Result<std::vector<net::Address>> outcome) {
    const auto now = loop_.now();
    if (outcome) {
        schedule_.on_succeeded(now);
    } else {
        schedule_.on_failed(now, shared_->random.uniform());
    }
    if (const auto next = schedule_.next(); next != SteadyTime::max()) timer_.arm(next);
    sink_(std::move(outcome));
}

}  // namespace tw::rpc
