#pragma once

#include "kit/sql/sqlite/batch.hpp"
#include "kit/sql/sqlite/connection.hpp"
#include "kit/sql/sqlite/storage_health.hpp"
#include "kit/sql/store.hpp"
#include "kit/telemetry/trace_ids.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <variant>
#include <vector>

namespace tw::sql {

/// The thread that owns the one writing connection. It takes work in the order in which it came: units as many at a time
/// as have gathered while it was busy, which is what makes them share a commit; exclusive work one by one.
///
/// Thread-safe. The destructor does what is queued, moves the log into the database file and joins.
class Writer {
 public:
    /// Has the connection to itself while it runs, and leaves no transaction open.
    using Exclusive = std::move_only_function<void(Connection&)>;
    using Work = std::variant<std::shared_ptr<UnitJob>, Exclusive>;

    /// Units in one commit: bounds how long the first of them waits for the last.
    static constexpr std::size_t kBatchUnitsMax = 256;
    /// Work that waits for the writer; beyond that, newcomers are better told at once.
    static constexpr std::size_t kQueuedMax = 8192;

    explicit Writer(std::unique_ptr<Connection> connection);
    ~Writer();

    void submit(std::span<Work> work);
    std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

    StorageHealth& health() { return health_; }
    const StorageHealth& health() const { return health_; }
    StoreStats stats() const;

 private:
    using Batch = std::vector<std::shared_ptr<UnitJob>>;

    void serve();
    bool next(Batch& batch, Exclusive& exclusive);
    void run(Batch& batch);
    void keep_log_short();
    void probe();
    bool can_store();

    std::unique_ptr<Connection> connection_;
    SystemClock clock_;
    Random random_;
    telemetry::TraceIds ids_{random_};
    StorageHealth health_;
    std::atomic<std::uint64_t> units_{0};
    std::atomic<std::uint64_t> commits_{0};
    std::atomic<std::size_t> queued_{0};

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    bool stopping_ = false;
    std::jthread thread_;
};

}  // namespace tw::sql
