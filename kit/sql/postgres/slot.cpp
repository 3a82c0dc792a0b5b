#include "kit/sql/postgres/slot.hpp"

#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/shared/errors.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// How often a slot looks whether its connection has the current user and password.
constexpr std::chrono::seconds kRenewEvery{1};

}  // namespace

Slot::Slot(PoolParts& parts, Keep keep, Changed changed)
    : parts_{parts},
      keep_{keep},
      changed_{std::move(changed)},
      backoff_{{.first = parts.shared->options.backoff_first, .last = parts.shared->options.backoff_last, .part_least = 0.5}},
      again_{parts.loop.timers(),
             [this] {
                 if (keep_ == Keep::always) want();
             }},
      renew_timer_{parts.loop.timers(), [this] { renew(); }} {
    if (parts.shared->options.current_url) renew_timer_.arm(parts.loop.now() + kRenewEvery);
}

void Slot::want() {
    if (closed_ || (link_ && !link_->read_only() && !outdated_) || connecting_ || again_.armed()) return;
    const auto began = parts_.loop.now();
    url_mark_ = mark_of_url();
    connecting_ =
        Connecting::start(parts_.loop, parts_.shared->target, parts_.shared->options,
                          [this, began](Result<LibpqConnection> connection) { connected(std::move(connection), began); });
}

void Slot::close() {
    closed_ = true;
    again_.cancel();
    renew_timer_.cancel();
    connecting_ = nullptr;
    for (const auto& link : std::exchange(leaving_, {})) link->close();
    if (const auto link = std::exchange(link_, nullptr)) link->close();
}

std::size_t Slot::mark_of_url() const {
    const auto& current_url = parts_.shared->options.current_url;
    return current_url ? std::hash<std::string>{}(current_url()) : 0;
}

void Slot::renew() {
    std::erase_if(leaving_, [](const auto& link) {
        if (link->usable() && (link->under_way() > 0 || link->in_transaction())) return false;
        link->close();
        return true;
    });
    outdated_ = link_ && !connecting_ && mark_of_url() != url_mark_;
    if (outdated_) want();
    renew_timer_.arm(parts_.loop.now() + kRenewEvery);
}

/// Gives up the connection that another one replaces.
void Slot::replace_link() {
    const auto replaced = release();
    if (!replaced) return;
    const bool busy = replaced->usable() && (replaced->under_way() > 0 || replaced->in_transaction());
    if (std::exchange(outdated_, false) && busy) {
        leaving_.push_back(replaced);
    } else {
        replaced->close();
    }
}

std::shared_ptr<PipelinedConnection> Slot::release() {
    if (!link_) return nullptr;
    parts_.metrics.idle.add(-1);
    link_->forget_owner();
    return std::exchange(link_, nullptr);
}

void Slot::connected(Result<LibpqConnection> connection, SteadyTime began) {
    // `connecting_` is calling this function, so it is destroyed only at the end.
    const auto finished = std::move(connecting_);
    connecting_ = nullptr;
    if (!connection) return failed(connection.error());
    parts_.metrics.create_time.record(seconds(parts_.loop.now() - began));
    replace_link();
    parts_.metrics.idle.add(1);
    failure_.reset();
    backoff_.reset();
    link_ = std::make_shared<PipelinedConnection>(parts_.loop, parts_.mailbox, std::move(*connection), parts_.shared->options);
    link_->open([this](const Error& why) { lost(why); });
    changed_();
}

void Slot::failed(const Error& why) {
    // Callers are told neither the server's address nor its message; the log has both.
    failure_ = database_unreachable(why.cause());
    if (is_server_full(why)) tell_server_full(why);
    again_.arm(parts_.loop.now() + backoff_.next(parts_.random.uniform()));
    changed_();
}

void Slot::tell_server_full(const Error& why) {
    if (parts_.shared->told_server_full.exchange(true)) return;
    const auto& options = parts_.shared->options;
    const auto each = static_cast<std::int64_t>(options.lines + options.leases_max);
    const auto most = each * parts_.shared->health.loops();
    const auto body = fmt::format(
        "the PostgreSQL server has no more connections to give, and this module may open {}; raise its max_connections, or "
        "lower database.connections_max",
        most);
    parts_.log.log(telemetry::Severity::warn, "database.server_full",
                   {{"tw.database.connections", most}, {"error.message", why.cause()}}, body);
}

void Slot::lost(const Error&) {
    parts_.metrics.idle.add(-1);
    link_ = nullptr;
    // The slot reconnects at once, since one connection may be lost while the server is fine.
    if (keep_ == Keep::always) want();
    changed_();
}

}  // namespace tw::sql::pg
