#include "kit/sql/postgres/lease_pool.hpp"

#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <optional>

namespace tw::sql::pg {
namespace {

/// A connection that was given back may still run this many exchanges: a ROLLBACK that no caller
/// waits for.
constexpr std::size_t kUnderWayMax = 1;
constexpr std::chrono::milliseconds kSweepAfter{200};

}  // namespace

Lease::~Lease() {
    if (pool_ != nullptr) pool_->give_back(*slot_, link_, retired_);
}

LeasePool::LeasePool(PoolParts& parts) : parts_{parts}, sweep_timer_{parts.loop.timers(), [this] { sweep(); }} {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, parts.shared->options.leases_max); ++i) {
        places_.push_back({std::make_unique<Slot>(parts, Slot::Keep::when_wanted, [this] { changed(); })});
    }
}

void LeasePool::close() {
    closed_ = true;
    for (const auto& link : std::exchange(leaving_, {})) link->close();
    for (auto& place : places_) place.slot->close();
    for (auto* const waiter : std::exchange(waiters_, {})) waiter->place.set(database_unreachable("the pool was closed"));
}

LeasePool::Place* LeasePool::free_place() {
    for (auto& place : places_) {
        if (!place.leased && place.slot->link()) return &place;
    }
    return nullptr;
}

Lease LeasePool::lend(Place& place) {
    parts_.metrics.idle.add(-1);
    parts_.metrics.used.add(1);
    return Lease{*this, *place.slot, place.slot->link()};
}

Task<Result<Lease>> LeasePool::acquire(const CallContext& ctx) {
    if (waiters_.empty()) {
        if (auto* const place = free_place()) {
            place->leased = true;
            parts_.metrics.wait_time.record(0);
            co_return lend(*place);
        }
    }
    if (waiters_.size() >= parts_.shared->options.lease_queue_max) {
        parts_.metrics.timeouts.add();
        co_return database_busy("too many transactions wait for a connection");
    }
    const auto began = parts_.loop.now();
    Waiter waiter;
    const auto leave = [&](Error why) {
        if (std::erase(waiters_, &waiter) > 0) waiter.place.set(std::move(why));
    };
    waiters_.push_back(&waiter);
    parts_.metrics.pending.add(1);
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) { leave(why); }};
    Timer timer{parts_.loop.timers(), [&] { leave(database_busy("no connection became free in time")); }};
    timer.arm(began + parts_.shared->options.lease_wait_max);
    changed();
    auto place = co_await waiter.place;
    parts_.metrics.pending.add(-1);
    parts_.metrics.wait_time.record(seconds(parts_.loop.now() - began));
    if (!place) {
        parts_.metrics.timeouts.add();
        co_return std::move(place).error();
    }
    // The connection may have been lost at the same moment. The first statement will then fail.
    co_return lend(**place);
}

/// Gives free connections to waiting transactions, and asks for as many connections as they need.
void LeasePool::changed() {
    if (closed_) return;
    while (!waiters_.empty()) {
        auto* const place = free_place();
        if (place == nullptr) break;
        auto* const waiter = waiters_.front();
        waiters_.pop_front();
        place->leased = true;
        waiter->place.set(place);
    }
    std::size_t coming = 0;
    const std::optional<Error>* failure = nullptr;
    bool any = false;
    for (auto& place : places_) {
        if (place.leased || waiters_.size() <= coming) {
            any |= place.leased;
            continue;
        }
        place.slot->want();
        if (place.slot->connecting()) {
            ++coming;
        } else if (place.slot->failure()) {
            failure = &place.slot->failure();
        }
    }
    if (any || coming > 0 || failure == nullptr) return;
    const Error why = **failure;
    for (auto* const waiter : std::exchange(waiters_, {})) waiter->place.set(why);
}

void LeasePool::give_back(Slot& slot, const std::shared_ptr<PipelinedConnection>& link, bool retired) {
    parts_.metrics.used.add(-1);
    parts_.metrics.idle.add(1);
    const auto place = std::ranges::find(places_, &slot, [](const Place& each) { return each.slot.get(); });
    place->leased = false;
    // A connection leaves the pool if a cancel request may still hit the next transaction's
    // statement. A connection that is still busy is not closed at once: the server would not
    // notice, and go on.
    const bool leaves = retired || link->was_cancelled() || link->read_only() || link->under_way() > kUnderWayMax;
    if (slot.link() == link && leaves) {
        leaving_.push_back(slot.release());
        if (leaving_.size() > places_.size()) {
            leaving_.front()->close();
            leaving_.erase(leaving_.begin());
        }
        if (!sweep_timer_.armed()) sweep_timer_.arm(parts_.loop.now() + kSweepAfter);
    }
    changed();
}

void LeasePool::sweep() {
    std::erase_if(leaving_, [](const auto& link) {
        if (link->usable() && link->under_way() > 0) return false;
        link->close();
        return true;
    });
    if (!leaving_.empty()) sweep_timer_.arm(parts_.loop.now() + kSweepAfter);
}

}  // namespace tw::sql::pg
