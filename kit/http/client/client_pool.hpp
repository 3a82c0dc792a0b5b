#pragma once

#include "kit/async/lasting_gate.hpp"
#include "kit/async/wait_list.hpp"
#include "kit/http/client/client_http1.hpp"
#include "kit/http/client/client_http2.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tw::http {

class ClientPool;

/// A place for one request: a connection of HTTP/1.1, or a stream on one of HTTP/2. It is given
/// back on destruction. Internal to the client.
class ClientLease {
 public:
    ClientLease(ClientPool& pool, std::shared_ptr<ClientHttp1> http1) : pool_{&pool}, http1_{std::move(http1)} {}
    ClientLease(ClientPool& pool, std::shared_ptr<ClientHttp2> http2) : pool_{&pool}, http2_{std::move(http2)} {}
    ClientLease(ClientLease&&) noexcept = default;
    ClientLease& operator=(ClientLease&&) = delete;
    ~ClientLease();

    Task<ClientAttempt> exchange(const CallContext& ctx, const ClientMessage& message) {
        used_ = true;
        return http2_ ? http2_->exchange(ctx, message) : http1_->exchange(ctx, message);
    }

 private:
    ClientPool* pool_;
    std::shared_ptr<ClientHttp1> http1_;
    std::shared_ptr<ClientHttp2> http2_;
    bool used_ = false;
};

/// The connections of one client, and the requests that wait for one. Internal to the client.
///
/// The pool learns from the first connection which HTTP the server speaks. Until then it begins no
/// second one, since the first may be enough for all requests.
class ClientPool {
 public:
    /// All arguments but the connector must outlive the pool.
    ClientPool(EventLoop& loop, const std::string& authority, const ClientOptions& options, net::Connector connector);
    ~ClientPool();
    ClientPool(const ClientPool&) = delete;
    ClientPool& operator=(const ClientPool&) = delete;

    /// Waits for a place, in the order of the calls. Fails with the context's own error, with the
    /// reason why a connection cannot be made, or with RESOURCE_EXHAUSTED, TOO_MANY_WAITING.
    Task<Result<ClientLease>> acquire(const CallContext& ctx);

 private:
    friend ClientLease;
    /// The state that the connections' coroutines share with the pool, which may be destroyed
    /// before them.
    struct Home;
    class Waiter;
    enum class Speaks : std::uint8_t { unknown, http1, http2 };

    std::optional<ClientLease> take_free();
    std::optional<ClientLease> take_http2();
    std::optional<ClientLease> take_idle();
    /// Gives the connection no new requests from now on.
    void retire(const ClientHttp2& http2);
    void give_back(std::shared_ptr<ClientHttp1> http1, bool used);
    void give_back(const std::shared_ptr<ClientHttp2>& http2);

    /// Gives free places to waiting requests, and makes connections for the others.
    void serve_waiters();
    void connect_for_waiters();
    std::size_t connections() const;
    /// How many requests one more connection is expected to carry.
    std::size_t places_of_next() const;
    void fail_first(const Error& why);
    /// Wakes a waiter whose lease or failure is set.
    void wake(Waiter& waiter);

    static Task<void> connect(std::shared_ptr<Home> home);
    static Task<void> run(std::shared_ptr<Home> home, std::shared_ptr<ClientHttp2> http2);
    void on_connected(std::unique_ptr<net::Stream> stream);
    void on_connect_failed(const Error& why);
    void on_changed(ClientHttp2& http2);
    void on_ended(const ClientHttp2& http2);
    void on_idle_ended(ClientHttp1& http1);
    void rest(std::shared_ptr<ClientHttp1> http1);

    EventLoop& loop_;
    const std::string& authority_;
    const ClientOptions& options_;
    std::shared_ptr<Home> home_;
    Speaks speaks_;
    /// How many streams the server allowed on its last connection of HTTP/2.
    std::size_t streams_guess_;

    /// The idle connections. The one used last is at the end and is used first.
    std::vector<std::shared_ptr<ClientHttp1>> idle_;
    std::size_t busy_ = 0;
    /// The connections that take new requests.
    std::vector<std::shared_ptr<ClientHttp2>> shared_;
    std::vector<std::shared_ptr<ClientHttp2>> leaving_;
    std::size_t connecting_ = 0;

    WaitList waiters_;
    /// How many waiters have not been woken yet.
    std::size_t waiting_ = 0;
    LastingGate gate_;
};

}  // namespace tw::http
