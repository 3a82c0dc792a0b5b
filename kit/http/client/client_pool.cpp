#include "kit/http/client/client_pool.hpp"

#include <algorithm>
#include <limits>

namespace tw::http {

struct ClientPool::Home {
    EventLoop& loop;
    net::Connector connector;
    /// The pool, or null when it has been destroyed.
    ClientPool* pool;
    /// The scope of the connections that are being made. They are not cancelled with the request
    /// that asked for them, since another request can use them.
    CancelScope scope{loop};
};

class ClientPool::Waiter : public WaitList::Waiter {
 public:
    Waiter(ClientPool& pool, const CallContext& ctx) : WaitList::Waiter{pool.waiters_, pool.loop_, ctx.scope()} {}

    /// Set before the waiter is woken: a place, or why there is none.
    std::optional<ClientLease> lease;
    std::optional<Error> failure;
};

ClientLease::~ClientLease() {
    if (http1_) pool_->give_back(std::move(http1_), used_);
    if (http2_) pool_->give_back(http2_);
}

ClientPool::ClientPool(EventLoop& loop, const std::string& authority, const ClientOptions& options, net::Connector connector)
    : loop_{loop},
      authority_{authority},
      options_{options},
      home_{new Home{loop, std::move(connector), this}},
      speaks_{options.http2_prior_knowledge ? Speaks::http2
              : options.tls                 ? Speaks::unknown
                                            : Speaks::http1},
      streams_guess_{options.streams_max} {}

ClientPool::~ClientPool() {
    home_->pool = nullptr;
    home_->scope.cancel(cancelled());
    for (const auto& http1 : idle_) http1->close();
    for (const auto& http2 : shared_) http2->close();
    for (const auto& http2 : leaving_) http2->close();
}

Task<Result<ClientLease>> ClientPool::acquire(const CallContext& ctx) {
    if (ctx.over()) co_return *ctx.over();
    // A new request does not overtake waiting ones.
    if (waiters_.empty()) {
        if (auto lease = take_free()) co_return std::move(*lease);
    }
    if (waiting_ >= options_.waiting_max) {
        co_return Error{Code::resource_exhausted, "TOO_MANY_WAITING",
                        "Too many requests wait for a connection to " + authority_ + "."};
    }
    Waiter waiter{*this, ctx};
    ++waiting_;
    connect_for_waiters();
    co_await waiter;
    if (!waiter.lease && !waiter.failure) --waiting_;
    if (ctx.over()) co_return *ctx.over();
    if (!waiter.lease) co_return std::move(*waiter.failure);
    co_return std::move(*waiter.lease);
}

std::optional<ClientLease> ClientPool::take_free() {
    if (auto lease = take_http2()) return lease;
    return take_idle();
}

std::optional<ClientLease> ClientPool::take_http2() {
    const auto old = [this](const auto& http2) { return http2->older_than(options_.connection_age_max); };
    for (auto found = std::ranges::find_if(shared_, old); found != shared_.end(); found = std::ranges::find_if(shared_, old)) {
        const auto http2 = *found;
        retire(*http2);
        http2->leave();
    }
    const auto found = std::ranges::find_if(shared_, [](const auto& http2) { return http2->has_room(); });
    if (found == shared_.end()) return std::nullopt;
    (*found)->take_place();
    return ClientLease{*this, *found};
}

std::optional<ClientLease> ClientPool::take_idle() {
    while (!idle_.empty()) {
        auto http1 = std::move(idle_.back());
        idle_.pop_back();
        if (http1->older_than(options_.connection_age_max)) {
            http1->close();
            continue;
        }
        http1->take_up();
        ++busy_;
        return ClientLease{*this, std::move(http1)};
    }
    return std::nullopt;
}

void ClientPool::give_back(std::shared_ptr<ClientHttp1> http1, bool used) {
    --busy_;
    const bool fit = (!used || http1->reusable()) && !http1->older_than(options_.connection_age_max);
    if (fit && (!waiters_.empty() || idle_.size() < options_.idle_connections_max)) {
        rest(std::move(http1));
    } else {
        http1->close();
    }
    serve_waiters();
}

void ClientPool::give_back(const std::shared_ptr<ClientHttp2>& http2) {
    http2->give_place();
    serve_waiters();
}

void ClientPool::rest(std::shared_ptr<ClientHttp1> http1) {
    auto& resting = *idle_.emplace_back(std::move(http1));
    resting.rest(options_.idle_time_max, [home = home_, &resting] {
        if (home->pool != nullptr) home->pool->on_idle_ended(resting);
    });
}

void ClientPool::on_idle_ended(ClientHttp1& http1) {
    http1.close();
    std::erase_if(idle_, [&http1](const auto& one) { return one.get() == &http1; });
    connect_for_waiters();
}

void ClientPool::serve_waiters() {
    while (!waiters_.empty()) {
        auto lease = take_free();
        if (!lease) break;
        auto& waiter = static_cast<Waiter&>(waiters_.first());
        waiter.lease.emplace(std::move(*lease));
        wake(waiter);
    }
    connect_for_waiters();
}

void ClientPool::wake(Waiter& waiter) {
    --waiting_;
    waiter.wake();
}

void ClientPool::connect_for_waiters() {
    while (connecting_ * places_of_next() < waiting_ && connections() < options_.connections_max) {
        ++connecting_;
        spawn(gate_.get(), connect(home_));
    }
}

std::size_t ClientPool::connections() const { return idle_.size() + busy_ + shared_.size() + connecting_; }

std::size_t ClientPool::places_of_next() const {
    if (speaks_ == Speaks::unknown) return std::numeric_limits<std::size_t>::max();
    return speaks_ == Speaks::http2 ? streams_guess_ : 1;
}

Task<void> ClientPool::connect(std::shared_ptr<Home> home) {
    // The caller is in the middle of something, so this starts in a later turn.
    co_await hop_to(home->loop);
    if (home->pool == nullptr) co_return;
    const CallContext ctx{home->loop, home->scope};
    auto stream = co_await home->connector(ctx);
    if (home->pool == nullptr) co_return;
    --home->pool->connecting_;
    if (!stream) co_return home->pool->on_connect_failed(stream.error());
    home->pool->on_connected(std::move(*stream));
}

void ClientPool::on_connected(std::unique_ptr<net::Stream> stream) {
    const auto* const tls = stream->tls();
    const bool settled = tls != nullptr && !tls->alpn.empty();
    speaks_ = (settled ? tls->alpn == "h2" : options_.http2_prior_knowledge) ? Speaks::http2 : Speaks::http1;
    if (speaks_ == Speaks::http1) {
        rest(std::make_shared<ClientHttp1>(loop_, std::move(stream), options_, authority_));
    } else {
        const auto http2 = std::make_shared<ClientHttp2>(loop_, std::move(stream), options_, authority_, streams_guess_);
        http2->watch([home = home_, &http2 = *http2] {
            if (home->pool != nullptr) home->pool->on_changed(http2);
        });
        shared_.push_back(http2);
        spawn(gate_.get(), run(home_, http2));
    }
    serve_waiters();
    // Connections may have been made for requests that were served otherwise meanwhile.
    while (idle_.size() > options_.idle_connections_max) on_idle_ended(*idle_.front());
}

void ClientPool::on_connect_failed(const Error& why) {
    // With HTTP/1.1 each request waits for its own connection, so one of them fails. Otherwise all
    // requests waited for this one.
    if (speaks_ == Speaks::http1) {
        fail_first(why);
        return connect_for_waiters();
    }
    while (shared_.empty() && !waiters_.empty()) fail_first(why);
}

void ClientPool::fail_first(const Error& why) {
    if (waiters_.empty()) return;
    auto& waiter = static_cast<Waiter&>(waiters_.first());
    waiter.failure = why;
    wake(waiter);
}

Task<void> ClientPool::run(std::shared_ptr<Home> home, std::shared_ptr<ClientHttp2> http2) {
    co_await http2->run();
    if (home->pool != nullptr) home->pool->on_ended(*http2);
}

void ClientPool::retire(const ClientHttp2& http2) {
    const auto found = std::ranges::find_if(shared_, [&http2](const auto& one) { return one.get() == &http2; });
    if (found == shared_.end()) return;
    leaving_.push_back(std::move(*found));
    shared_.erase(found);
}

void ClientPool::on_changed(ClientHttp2& http2) {
    if (http2.leaving()) {
        retire(http2);
    } else {
        // A server that allows no streams at the moment may allow some the next time.
        streams_guess_ = std::max<std::size_t>(http2.streams_max(), 1);
    }
    serve_waiters();
}

void ClientPool::on_ended(const ClientHttp2& http2) {
    const auto same = [&http2](const auto& one) { return one.get() == &http2; };
    std::erase_if(shared_, same);
    std::erase_if(leaving_, same);
    connect_for_waiters();
}

}  // namespace tw::http
