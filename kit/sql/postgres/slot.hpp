#pragma once

#include "kit/sql/postgres/backoff.hpp"
#include "kit/sql/postgres/connecting.hpp"
#include "kit/sql/postgres/pipelined_connection.hpp"
#include "kit/sql/postgres/pool_parts.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace tw::sql::pg {

/// A place of the pool: a connection, or the attempts to have one. After a failure it waits, longer each time. A connection
/// that may only read stays until another has taken its place.
class Slot {
 public:
    enum class Keep : bool { when_wanted, always };
    /// Called when there is a link, when it was lost, and when an attempt failed.
    using Changed = std::move_only_function<void()>;

    Slot(PoolParts& parts, Keep keep, Changed changed);

    /// Connects, unless there is a link that may write, or an attempt, or the last failure is too recent.
    void want();
    /// No link, and none will come.
    void close();
    /// Gives the link away as it is: the next one who wants gets a new one.
    std::shared_ptr<PipelinedConnection> release();

    /// Null where there is none.
    const std::shared_ptr<PipelinedConnection>& link() const { return link_; }
    bool connecting() const { return connecting_ != nullptr; }
    /// Why the last attempt failed, until one succeeds.
    const std::optional<Error>& failure() const { return failure_; }

 private:
    void connected(Result<LibpqConnection> connection, SteadyTime began);
    void failed(const Error& why);
    void tell_server_full(const Error& why);
    void lost(const Error& why);

    PoolParts& parts_;
    const Keep keep_;
    Changed changed_;
    Backoff backoff_;
    std::shared_ptr<Connecting> connecting_;
    std::shared_ptr<PipelinedConnection> link_;
    std::optional<Error> failure_;
    Timer again_;
    bool closed_ = false;
};

}  // namespace tw::sql::pg
