#pragma once

#include "kit/base/backoff.hpp"
#include "kit/sql/postgres/connecting.hpp"
#include "kit/sql/postgres/pipelined_connection.hpp"
#include "kit/sql/postgres/pool_parts.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace tw::sql::pg {

/// A slot of the pool: a connection, or the attempts to make one. After a failure it waits, longer
/// each time. A connection that may only read stays until another one has replaced it. So does a
/// connection that was made with a user or password of before (PostgresOptions::current_url); what
/// is under way on it comes to its end.
class Slot {
 public:
    enum class Keep : bool { when_wanted, always };
    /// Called when a connection was made or lost, and when an attempt failed.
    using Changed = std::move_only_function<void()>;

    Slot(PoolParts& parts, Keep keep, Changed changed);

    /// Starts connecting, unless there is a connection that may write, or an attempt, or the last
    /// failure is too recent.
    void want();
    /// Closes the connection; no other will be made.
    void close();
    /// Gives up ownership of the connection, as it is. A later `want` makes a new one.
    std::shared_ptr<PipelinedConnection> release();

    /// Returns the connection, or null if there is none.
    const std::shared_ptr<PipelinedConnection>& link() const { return link_; }
    bool connecting() const { return connecting_ != nullptr; }
    /// Why the last attempt failed, until one succeeds.
    const std::optional<Error>& failure() const { return failure_; }

 private:
    void connected(Result<LibpqConnection> connection, SteadyTime began);
    void failed(const Error& why);
    void tell_server_full(const Error& why);
    void lost(const Error& why);
    std::size_t mark_of_url() const;
    void renew();
    void replace_link();

    PoolParts& parts_;
    const Keep keep_;
    Changed changed_;
    Backoff backoff_;
    std::shared_ptr<Connecting> connecting_;
    std::shared_ptr<PipelinedConnection> link_;
    std::optional<Error> failure_;
    Timer again_;
    /// Stands for the URL that the connection, or the attempt, was made with.
    std::size_t url_mark_ = 0;
    bool outdated_ = false;
    /// Replaced connections that still have work under way.
    std::vector<std::shared_ptr<PipelinedConnection>> leaving_;
    Timer renew_timer_;
    bool closed_ = false;
};

}  // namespace tw::sql::pg
