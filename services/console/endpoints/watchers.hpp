#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/rpc/service.hpp"
#include "services/console/archive.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tw::console {

/// The clients that are told of what arrives (ConsoleService::watch). For each there is a queue of
/// bounded size. What does not fit is left out, and the client is told how much that was. It
/// belongs to one loop; `arrived` is thread-safe.
class Watchers {
 public:
    using Events = rpc::Writer<::console::WatchEvent>;
    using GetStatus = std::function<Result<::console::Status>()>;

    static constexpr std::size_t kWatchersMax = 32;
    static constexpr std::size_t kQueueBytesMax = 256 * 1024;

    /// `get_status` is called on a worker.
    Watchers(EventLoop& loop, WorkerPool& workers, Archive& archive, GetStatus get_status);
    ~Watchers();
    Watchers(const Watchers&) = delete;
    Watchers& operator=(const Watchers&) = delete;

    /// Writes events until the call is over. Fails with UNAVAILABLE, reason TOO_MANY_WATCHERS, and
    /// with BAD_QUERY as the archive does.
    Task<Result<void>> watch(const CallContext& ctx, const ::console::WatchRequest& request, Events& events);
    /// Tells the clients, in a later turn of the loop.
    void arrived(const Arrived& what);
    /// Ends the work for clients. All calls of `watch` must be over.
    Task<void> stop();

 private:
    struct Watcher;
    using SharedWatcher = std::shared_ptr<Watcher>;

    /// Asks the archive for one trace and one record, so that a query that cannot be read fails.
    Task<Result<void>> check(const CallContext& ctx, const Watcher& watcher);
    /// Lets the archive tell arrivals while somebody watches.
    void count_watchers();
    Task<Result<void>> write_events(const CallContext& ctx, Watcher& watcher, Events& events);
    void deliver(const Arrived& what);
    void deliver_traces(const SharedWatcher& watcher, const Arrived& what);
    void deliver_logs(const SharedWatcher& watcher, const Arrived& what);
    /// Looks which of the traces and records that wait match the watcher's queries.
    Task<void> search(SharedWatcher watcher);
    Task<void> search_traces(Watcher& watcher);
    Task<void> search_logs(Watcher& watcher);
    Task<void> tell_status();

    EventLoop& loop_;
    WorkerPool& workers_;
    Archive& archive_;
    GetStatus get_status_;
    std::vector<SharedWatcher> watchers_;
    std::atomic<std::size_t> count_{0};
    bool telling_status_ = false;
    RootCall call_;
    Gate gate_;
};

}  // namespace tw::console
