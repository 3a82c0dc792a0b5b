#pragma once

#include "kit/async/deadline.hpp"
#include "kit/sql/sqlite/batch.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/session.hpp"
#include "kit/sql/sqlite/storage_health.hpp"
#include "kit/sql/sqlite/turn_thread.hpp"
#include "kit/sql/store.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace tw::sql {

/// The thread that owns the one writing connection. It takes work in the order in which it came: units as many at a time
/// as have gathered while it was busy, which is what makes them share a commit; transactions and exclusive work one by one.
///
/// Thread-safe. The destructor does what is queued, moves the log into the database file and joins. A transaction that waits for
/// its next step then is rolled back: whoever would ask for one has gone before the writer.
class Writer {
 public:
    /// Has the connection to itself while it runs, and leaves no transaction open.
    using Exclusive = std::move_only_function<void(Connection&)>;
    using Work = std::variant<std::shared_ptr<UnitJob>, std::shared_ptr<Session>, Exclusive>;

    /// Units in one commit: bounds how long the first of them waits for the last.
    static constexpr std::size_t kBatchUnitsMax = 256;
    /// Work that waits for the writer; beyond that, newcomers are better told at once.
    static constexpr std::size_t kQueuedMax = 8192;

    explicit Writer(std::unique_ptr<Connection> connection);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void submit(std::span<Work> work);
    /// Does `work` after all that is queued, and waits for it. In a simulation it is done here and now, so it cannot wait for a
    /// transaction that is under way: DATABASE_BUSY.
    Result<void> do_exclusively(Exclusive work);
    /// A transaction, to be submitted.
    std::shared_ptr<Session> new_session(std::shared_ptr<LoopInbox> inbox, Deadline deadline);
    std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

    const StorageHealth& health() const { return health_; }
    StoreStats stats() const;

 private:
    enum class Taken : std::uint8_t { units, transaction, exclusive, nothing, end };

    std::optional<SteadyTime> turn();
    std::optional<SteadyTime> do_next();
    std::optional<SteadyTime> continue_session();
    std::optional<SteadyTime> look_after_storage();
    Taken take(Exclusive& exclusive);
    bool stopping();
    void run_batch();
    void finish_work();
    void keep_log_short();
    bool can_store();

    std::unique_ptr<Connection> connection_;
    SystemClock clock_;
    Random random_;
    telemetry::TraceIds ids_{random_};
    StorageHealth health_;
    std::atomic<std::uint64_t> units_{0};
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::size_t> queued_{0};

    /// The writer's thread alone uses these.
    std::vector<std::shared_ptr<UnitJob>> batch_;
    SteadyTime probe_due_ = SteadyTime::min();

    std::mutex mutex_;
    std::deque<Work> queue_;
    /// The transaction that has the connection. Changed by the writer's thread alone, under the lock.
    std::shared_ptr<Session> session_;
    bool stopping_ = false;

    std::shared_ptr<TurnThread> thread_;
};

}  // namespace tw::sql
