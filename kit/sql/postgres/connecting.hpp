#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/base/result.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/sql/postgres/socket_watch.hpp"
#include "kit/sql/postgres/target.hpp"
#include "kit/sql/postgres_options.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace tw::sql::pg {

/// One attempt to connect, without blocking the loop. It resolves the names itself, because libpq
/// would block on that, and gives libpq the addresses. Dropping the last shared_ptr cancels the
/// attempt; `done` is not called then.
class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
    using Done = std::move_only_function<void(Result<LibpqConnection>)>;

    /// Starts an attempt. The resulting connection is non-blocking and in pipeline mode. The errors
    /// are those of `connect_error`.
    static std::shared_ptr<Connecting> start(EventLoop& loop, const Target& target, const PostgresOptions& options, Done done);
    ~Connecting();

    Connecting(EventLoop& loop, const Target& target, const PostgresOptions& options, Done done);

 private:
    struct Resolver;

    void resolve();
    void resolved(const Target::Place& place, std::vector<std::string> literals);
    void connect();
    void poll();
    void finish();
    void fail(std::string_view message);
    void fail(Error why);

    EventLoop& loop_;
    const Target& target_;
    Done done_;
    std::unique_ptr<Resolver> resolver_;
    std::size_t next_place_ = 0;
    std::vector<ConnectParameters::Address> addresses_;
    std::string unresolved_;
    LibpqConnection connection_;
    SocketWatch watch_;
    Timer timer_;
};

}  // namespace tw::sql::pg
