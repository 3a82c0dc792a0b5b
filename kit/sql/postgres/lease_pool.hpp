#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/task.hpp"
#include "kit/sql/postgres/slot.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace tw::sql::pg {

class LeasePool;

/// A connection for one transaction. It goes back to the pool when the lease is destroyed.
class [[nodiscard]] Lease {
 public:
    Lease(LeasePool& pool, Slot& slot, std::shared_ptr<PipelinedConnection> link)
        : pool_{&pool}, slot_{&slot}, link_{std::move(link)} {}
    Lease(Lease&& other) noexcept
        : pool_{std::exchange(other.pool_, nullptr)},
          slot_{other.slot_},
          link_{std::move(other.link_)},
          retired_{other.retired_} {}
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    PipelinedConnection& link() const { return *link_; }
    /// Marks the connection as not to be used again, since work is left on it that no caller waits
    /// for.
    void retire() { retired_ = true; }

 private:
    LeasePool* pool_;
    Slot* slot_;
    std::shared_ptr<PipelinedConnection> link_;
    bool retired_ = false;
};

/// A loop's connections for transactions. They are made when they are needed, kept afterwards, and
/// given to the transaction that has waited longest.
class LeasePool {
 public:
    explicit LeasePool(PoolParts& parts);

    /// Waits for a connection. Fails with DATABASE_BUSY when too many wait or none became free in
    /// time, with DATABASE_UNREACHABLE, or with the context's error.
    Task<Result<Lease>> acquire(const CallContext& ctx);
    void close();

 private:
    friend Lease;
    struct Place {
        std::unique_ptr<Slot> slot;
        bool leased = false;
    };
    struct Waiter {
        OneShot<Result<Place*>> place;
    };

    Place* free_place();
    void changed();
    void give_back(Slot& slot, const std::shared_ptr<PipelinedConnection>& link, bool retired);
    Lease lend(Place& place);
    void sweep();

    PoolParts& parts_;
    std::vector<Place> places_;
    std::deque<Waiter*> waiters_;
    /// Connections that were given back while work was under way that no caller waits for. They are
    /// closed when it has ended.
    std::vector<std::shared_ptr<PipelinedConnection>> leaving_;
    Timer sweep_timer_;
    bool closed_ = false;
};

}  // namespace tw::sql::pg
