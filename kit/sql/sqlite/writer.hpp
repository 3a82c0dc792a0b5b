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

/// The thread that owns the one writing connection. It takes work in the order in which it came.
/// Units that arrived while it was busy are taken together and share a commit. Transactions and
/// exclusive work are taken one by one.
///
/// Thread-safe. The destructor finishes the queued work, moves the log into the database file and
/// joins the thread. A transaction that then waits for its next step is rolled back, since its
/// caller has gone before the writer.
class Writer {
 public:
    /// Work that has the connection for itself while it runs. It leaves no transaction open.
    using Exclusive = std::move_only_function<void(Connection&)>;
    using Work = std::variant<std::shared_ptr<UnitJob>, std::shared_ptr<Session>, Exclusive>;

    /// How many units a commit may have. It bounds how long the first of them waits for the last.
    static constexpr std::size_t kBatchUnitsMax = 256;
    /// How much work may wait for the writer. Beyond that, new work is refused at once.
    static constexpr std::size_t kQueuedMax = 8192;

    explicit Writer(std::unique_ptr<Connection> connection);
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void submit(std::span<Work> work);
    /// Does `work` after all queued work, and waits for it. In a simulation it runs inside the
    /// call, so it cannot wait for a transaction that is under way and fails with DATABASE_BUSY.
    Result<void> do_exclusively(Exclusive work);
    /// Makes a transaction, which is then submitted.
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

    /// Only the writer's thread uses these.
    std::vector<std::shared_ptr<UnitJob>> batch_;
    SteadyTime probe_due_ = SteadyTime::min();

    std::mutex mutex_;
    std::deque<Work> queue_;
    /// The transaction that has the connection. Only the writer's thread changes it, under the
    /// lock.
    std::shared_ptr<Session> session_;
    bool stopping_ = false;

    std::shared_ptr<TurnThread> thread_;
};

}  // namespace tw::sql
