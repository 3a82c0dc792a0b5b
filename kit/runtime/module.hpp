#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/http/server.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/service.hpp"
#include "kit/runtime/setting.hpp"
#include "kit/sql/store.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::rpc {
class Policy;  // kit/rpc/policy.hpp
}

namespace tw::cache {
class Cache;          // kit/cache/cache.hpp
class Invalidations;  // kit/cache/invalidations.hpp
class RateLimiter;    // kit/cache/rate_limiter.hpp
}  // namespace tw::cache

namespace tw::runtime {

class ModuleConfig;  // kit/runtime/config.hpp: the module's own section

enum class Profile : std::uint8_t { dev, production };

/// Whether a module, or the process, can do its work now.
struct Health {
    bool ready = true;
    /// For people: why not, or what is impaired. One sentence each.
    std::vector<std::string> reasons;
};

/// What a module gets once per process, to prepare. Outlives the module.
class Host {
 public:
    virtual ~Host() = default;
    virtual Profile profile() const = 0;
    virtual const ModuleConfig& config() const = 0;
    /// The module's own database; opened with the first call.
    virtual sql::Store& store() = 0;
    virtual WorkerPool& workers() = 0;
    virtual const Clock& clock() const = 0;
    virtual const telemetry::Logger& log() const = 0;
    /// A loop for the work of preparing and for what runs once per process; also its Random and
    /// Tracer.
    virtual EventLoop& loop() = 0;
    virtual telemetry::Telemetry telemetry() = 0;
    virtual Random& random() = 0;
};

/// What a module serves on a loop by other means than `add_service`, for the loop's drain. Used on
/// the loop.
class DrainListener {
 public:
    virtual ~DrainListener() = default;
    /// Called when a drain begins, before the connections end: ends the calls that would go on for
    /// good.
    virtual void on_drain() = 0;
    /// How many handlers are at work; what they use is destroyed when there are none.
    virtual std::size_t running() const = 0;
};

/// What a module gets once per loop, to serve. What it lends lives as long as the loop serves.
class LoopHost {
 public:
    virtual ~LoopHost() = default;
    virtual EventLoop& loop() = 0;
    virtual telemetry::Telemetry telemetry() = 0;
    virtual const Clock& clock() const = 0;
    virtual Random& random() = 0;
    virtual const ModuleConfig& config() const = 0;
    /// The module's database on this loop.
    virtual sql::Database& database() = 0;
    /// The channel to another module by its name ("user"): local where it runs in this process,
    /// else over the network to its URL.
    virtual rpc::Channel& channel(std::string_view module) = 0;

    /// Where the module may keep rows of its database, for CacheAside: Redis where it is
    /// configured, else this process's memory where no other process has the database, else
    /// nowhere.
    virtual cache::Cache& cache() = 0;
    virtual std::shared_ptr<cache::Invalidations> invalidations() = 0;
    /// Limits of all replicas where there is Redis, else of this process.
    virtual cache::RateLimiter& rate_limiter() = 0;

    /// Serves `service` on the module's gRPC port and to the local channels of this loop.
    virtual void add_service(std::unique_ptr<rpc::Service> service) = 0;
    /// Answers the HTTP port (the gateway). `on_refusal` completes what the server refuses before
    /// the handler; `streams` takes streams of HTTP/2 over.
    virtual void set_http_handler(http::Handler handler, http::RefusalHook on_refusal = {},
                                  http::StreamTaker* streams = nullptr) = 0;
    /// The program's policies for calls that come in at the HTTP port (PolicyLists::edge), for the
    /// module that answers it.
    virtual std::span<rpc::Policy* const> edge_policies() = 0;
    /// For rpc::ConcurrencyLimit: a count that the module's loops share.
    virtual std::shared_ptr<std::atomic<std::uint32_t>> shared_call_count() = 0;
    /// `listener` lives as long as the loop serves.
    virtual void listen_to_drain(DrainListener& listener) = 0;

    /// Whether the whole process is ready: all its modules, and it is neither starting nor
    /// draining. Each reason begins with the module's name. Does not block.
    virtual Health overall_health() const = 0;
    /// The program's version, "0.1.0".
    virtual std::string_view version() const = 0;

    /// Keeps `object` for as long as the loop serves: stores and whatever else the services refer
    /// to. Destroyed in reverse order.
    template <class T>
    T& keep(std::unique_ptr<T> object) {
        T& kept = *object;
        keep_alive(std::shared_ptr<void>{std::move(object)});
        return kept;
    }

 private:
    virtual void keep_alive(std::shared_ptr<void> object) = 0;
};

/// One part of a program: composition root of a service. One object per process.
class Module {
 public:
    virtual ~Module() = default;
    /// "user": how command line, configuration and channels call it.
    virtual std::string_view name() const = 0;
    /// "user-service": service.name in its telemetry.
    virtual std::string_view service_name() const = 0;
    /// What can be configured in the module's section; read through ModuleConfig. Asked for before
    /// anything else.
    virtual std::vector<Setting> settings() const { return {}; }

    /// Called once, before any loop serves: migrates, seeds, starts background work.
    virtual Task<Result<void>> prepare(Host& host) = 0;
    /// Called once per loop, on its thread: builds store and service on this loop's connections and
    /// adds them.
    virtual Result<void> serve(LoopHost& host) = 0;
    /// Takes no new background work and finishes what is in flight, on the host's loop. A drain
    /// that does not end by the deadline is left behind.
    virtual Task<void> drain(Deadline deadline) = 0;
    /// Thread-safe; must not block.
    virtual Health health() const = 0;
};

}  // namespace tw::runtime
