#include "kit/rpc/network/resolver.hpp"

#include "kit/base/random.hpp"

#include <optional>
#include <utility>

namespace tw::rpc {

struct Resolver::Home {
    EventLoop& loop;
    Lookup lookup;
    std::chrono::nanoseconds time_max;
    /// Null when it is gone.
    Resolver* resolver;
    CancelScope* running = nullptr;
    Random random{};
};

Resolver::Resolver(EventLoop& loop, Lookup lookup, std::chrono::nanoseconds time_max, const ResolveSchedule::Options& schedule,
                   Sink sink)
    : loop_{loop},
      schedule_{schedule},
      sink_{std::move(sink)},
      home_{new Home{loop, std::move(lookup), time_max, this}},
      timer_{loop.timers(), [this] { resolve(); }} {}

Resolver::~Resolver() {
    home_->resolver = nullptr;
    if (home_->running != nullptr) home_->running->cancel(cancelled());
}

void Resolver::want() {
    schedule_.want();
    resolve();
}

void Resolver::resolve() {
    if (schedule_.start(loop_.now())) return spawn(gate_.get(), run(home_));
    if (const auto next = schedule_.next(); next != SteadyTime::max()) timer_.arm(next);
}

Task<void> Resolver::run(std::shared_ptr<Home> home) {
    std::optional<RootCall> call{std::in_place, home->loop, Deadline::after(home->loop.now(), home->time_max)};
    home->running = &call->scope();
    auto outcome = co_await home->lookup(call->context());
    home->running = nullptr;
    call.reset();
    if (home->resolver != nullptr) home->resolver->on_outcome(std::move(outcome));
}

void Resolver::on_outcome(Result<std::vector<net::Address>> outcome) {
    const auto now = loop_.now();
    if (outcome) {
        schedule_.on_succeeded(now);
    } else {
        schedule_.on_failed(now, home_->random.uniform());
    }
    if (const auto next = schedule_.next(); next != SteadyTime::max()) timer_.arm(next);
    sink_(std::move(outcome));
}

}  // namespace tw::rpc
