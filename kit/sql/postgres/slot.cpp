#include "kit/sql/postgres/slot.hpp"

#include "kit/sql/errors.hpp"

#include <utility>

namespace tw::sql::pg {

Slot::Slot(PoolParts& parts, Keep keep, Changed changed)
    : parts_{parts},
      keep_{keep},
      changed_{std::move(changed)},
      backoff_{parts.shared->options.backoff_first, parts.shared->options.backoff_last},
      again_{parts.loop.timers(), [this] {
                 if (keep_ == Keep::always) want();
             }} {}

void Slot::want() {
    if (closed_ || (link_ && !link_->read_only()) || connecting_ || again_.armed()) return;
    const auto began = parts_.loop.now();
    connecting_ =
        Connecting::start(parts_.loop, parts_.shared->target, parts_.shared->options,
                          [this, began](Result<LibpqConnection> connection) { connected(std::move(connection), began); });
}

void Slot::close() {
    closed_ = true;
    again_.cancel();
    connecting_ = nullptr;
    if (const auto link = std::exchange(link_, nullptr)) link->close();
}

std::shared_ptr<Link> Slot::release() {
    if (!link_) return nullptr;
    parts_.metrics.idle.add(-1);
    link_->forget_owner();
    return std::exchange(link_, nullptr);
}

void Slot::connected(Result<LibpqConnection> connection, SteadyTime began) {
    // It is calling us, and may go when it has.
    const auto finished = std::move(connecting_);
    connecting_ = nullptr;
    if (!connection) return failed(connection.error());
    parts_.metrics.create_time.record(seconds(parts_.loop.now() - began));
    if (const auto replaced = release()) replaced->close();
    parts_.metrics.idle.add(1);
    failure_.reset();
    backoff_.reset();
    link_ = std::make_shared<Link>(parts_.loop, parts_.door, std::move(*connection), parts_.shared->options);
    link_->open([this](const Error& why) { lost(why); });
    changed_();
}

void Slot::failed(const Error& why) {
    // Callers are told neither where the server is nor what it minds; that is for the log.
    failure_ = database_unreachable(why.cause());
    again_.arm(parts_.loop.now() + backoff_.next(parts_.random));
    changed_();
}

void Slot::lost(const Error&) {
    parts_.metrics.idle.add(-1);
    link_ = nullptr;
    // At once: a connection may be lost for reasons of its own.
    if (keep_ == Keep::always) want();
    changed_();
}

}  // namespace tw::sql::pg
