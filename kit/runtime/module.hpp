#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/events/bus.hpp"
#include "kit/http/server.hpp"
#include "kit/net/address.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/method.hpp"
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
class Policy;          // kit/rpc/policy.hpp
class StandingFaults;  // kit/rpc/standing_faults.hpp
}  // namespace tw::rpc

namespace tw::durable {
class Flows;  // kit/durable/flows.hpp
}

namespace tw::otlp {
class Tap;  // kit/otlp/tap.hpp
}

namespace tw::audit {
class AuditTrail;      // kit/audit/audit_trail.hpp
class DenialReporter;  // kit/audit/denial_reporter.hpp
}  // namespace tw::audit

namespace tw::idempotency {
class KeysInProgress;  // kit/idempotency/keys_in_progress.hpp
}

namespace tw::cache {
class Cache;          // kit/cache/cache.hpp
class Invalidations;  // kit/cache/invalidations.hpp
class RateLimiter;    // kit/cache/rate_limiter.hpp
}  // namespace tw::cache

namespace tw::runtime {

class ModuleConfig;  // kit/runtime/config.hpp: the module's own section
struct Listening;    // kit/runtime/listening.hpp
class LoopAuth;      // kit/runtime/callers/loop_auth.hpp

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
    /// The module's own database; opened with the first call. A module whose ModuleSpec names no
    /// schema has none: asking for it is a bug, std::logic_error.
    virtual sql::Store& store() = 0;
    /// The schema that the module's ModuleSpec names; null where it names none.
    virtual const sql::Schema* schema() const = 0;
    virtual WorkerPool& workers() = 0;
    virtual const Clock& clock() const = 0;
    virtual const telemetry::Logger& log() const = 0;
    /// A loop for the work of preparing and for what runs once per process; also its Random and
    /// Tracer.
    virtual EventLoop& loop() = 0;
    virtual telemetry::Telemetry telemetry() = 0;
    virtual Random& random() = 0;

    /// The telemetry of the whole process, for a module whose ModuleSpec::takes_telemetry is set.
    /// Null if telemetry is off, or if the module has not asked for it.
    virtual otlp::Tap* telemetry_tap() { return nullptr; }
    /// The ports of the process, which are bound before modules prepare. Null where there are none,
    /// as in a simulation.
    virtual const Listening* listening() const { return nullptr; }
    /// Tells of a port that the module has bound itself, for the ready file and for people. `name`
    /// is a key of that file, such as "console". For `prepare`.
    virtual void add_port(std::string /*name*/, net::Address /*address*/) {}
    /// The program's version, "0.1.0".
    virtual std::string_view version() const { return {}; }
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
    /// The module's database on this loop. If the module keeps idempotency keys, this is an
    /// idempotency::RecordingDatabase. If it keeps an audit log, the first write of each call also
    /// stores its record (audit::AuditingDatabase). If it has an outbox, a write that adds events
    /// (outbox::add) wakes the relay of this loop.
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

    /// The module's durable flows on this loop. `serve` adds their kinds. They start after all
    /// modules of the loop have served. In a drain they take no more flows, and end after the calls
    /// of the loop. A module whose schema does not use durable::schema has none: asking for them is
    /// a bug, std::logic_error.
    virtual durable::Flows& flows() = 0;
    /// The bus for events, by the setting events.bus: within this process, or in Redis.
    virtual events::Bus& events() = 0;
    /// Consumes a stream of events on this loop, from when all modules of the loop have served
    /// until the drain. `name` is that of the consumer group, such as "order.timeline". An event
    /// that the handler cannot apply is put aside as a dead event in the module's database
    /// (outbox::Consumer). A module whose schema does not use outbox::schema cannot consume: that
    /// is a bug, std::logic_error. `batch_handler` is optional (outbox::Consumer). For `serve`.
    virtual void consume(std::string stream, std::string name, events::Handler handler,
                         events::BatchHandler batch_handler = {}) = 0;

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
    /// For idempotency::KeyedPolicy: the keys of the calls that the module's loops are serving.
    /// Null if the module keeps no keys, since its schema does not use idempotency::schema.
    virtual std::shared_ptr<idempotency::KeysInProgress> keys_in_progress() = 0;
    /// `listener` lives as long as the loop serves.
    virtual void listen_to_drain(DrainListener& listener) = 0;

    /// Whether the whole process is ready: all its modules, and it is neither starting nor
    /// draining. Each reason begins with the module's name. Does not block.
    virtual Health overall_health() const = 0;
    /// The program's version, "0.1.0".
    virtual std::string_view version() const = 0;

    /// What knows the callers of the modules on this loop, for the usual policies
    /// (kit/runtime/policies.hpp). Null if callers are not known, as in a simulation.
    virtual LoopAuth* auth() = 0;
    /// Where refused calls of the method are recorded: the audit log of the module that serves it
    /// on this loop. Null if that is another process, or if the module keeps no audit log.
    virtual audit::AuditTrail* audit_trail_of(const rpc::Method& /*method*/) { return nullptr; }
    /// The module's own audit log; null if it keeps none (the setting audit.records).
    virtual audit::AuditTrail* audit_trail() { return nullptr; }
    /// What tells modules of other processes which of their calls this gateway has denied. Null if
    /// the module is no gateway, or if no audit log is kept.
    virtual audit::DenialReporter* denial_reporter() { return nullptr; }
    /// The faults that operators have set for the calls of this process; null if it has none.
    virtual std::shared_ptr<const rpc::StandingFaults> standing_faults() { return nullptr; }

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

/// The routes of one service that a module answers at the HTTP port, and the name of the module
/// that serves the service.
struct AnsweredRoutes {
    std::string_view module;
    std::span<const rpc::Route> routes;
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
    /// The routes that a gateway answers; other modules answer none. The start fails if the program
    /// has no module that one of them names. A routed method that runs in this process and that no
    /// module of the program answers is logged as runtime.route_not_answered.
    virtual std::vector<AnsweredRoutes> answered_routes() const { return {}; }

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
