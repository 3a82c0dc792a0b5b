#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/cache/cache.hpp"
#include "kit/cache/cache_counters.hpp"
#include "kit/cache/invalidations.hpp"
#include "kit/cache/single_flight.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tw::cache {

/// How a row becomes bytes and comes back. Bytes that cannot be read (another version's) count as a miss.
template <class T>
struct RowCodec {
    std::function<std::string(const T&)> encode;
    std::function<std::optional<T>(std::string_view)> decode;
    /// Grows with each change of the row; from 1.
    std::function<std::int64_t(const T&)> version;
};

struct CacheAsideOptions {
    /// Names the rows in keys and metrics ("user.1"): another one where the bytes change their meaning.
    std::string name;
    /// At most; each entry's time is up to `jitter` shorter, so that what was filled together does not run out together.
    std::chrono::milliseconds ttl = std::chrono::seconds{30};
    /// How long it is believed that there is no such row.
    std::chrono::milliseconds absent_ttl = std::chrono::seconds{3};
    /// A part of the time, from 0 to 1.
    double jitter = 0.2;
};

/// Reads rows through a cache. What a caller gets is what the source says or said within `ttl`; after `changed` has returned,
/// nobody in this process gets an older row. Who asks while the same row is being read waits for that read. A cache that is
/// away, slow, full or holds rubbish changes no result: rows then come from the source.
///
/// Belongs to one loop; `invalidations` are the process's. The cache outlives it.
template <class T>
class CacheAside {
 public:
    using Row = Result<std::optional<T>>;

    CacheAside(Cache& cache, RowCodec<T> codec, std::shared_ptr<Invalidations> invalidations, telemetry::Telemetry telemetry,
               CacheAsideOptions options)
        : cache_{cache},
          codec_{std::move(codec)},
          invalidations_{std::move(invalidations)},
          options_{std::move(options)},
          counters_{telemetry.meter, options_.name} {}

    /// The row, or nothing where there is none. `load` reads it from the source: a function `Task<Result<std::optional<T>>>(const
    /// CallContext&)`, which is called at most once, and stays until the task ends. Errors are the source's, or the context's.
    template <class Load>
    Task<Row> get(const CallContext& ctx, std::string_view id, Load& load) {
        const auto key = key_of(id);
        auto lookup = co_await look_up(ctx, key);
        counters_.on_lookup(lookup.outcome);
        if (lookup.outcome == Lookup::Outcome::absent) co_return Row{std::optional<T>{}};
        if (lookup.outcome == Lookup::Outcome::hit) {
            if (auto row = codec_.decode(*lookup.value)) co_return Row{std::move(row)};
        }
        while (true) {
            if (ctx.over()) co_return *ctx.over();
            const auto flight = flights_.find(key, invalidations_->epoch(key));
            if (!flight) co_return co_await read(ctx, key, load, lookup.lease);
            typename SingleFlight<Row>::Waiter waiter{ctx, *flight};
            co_await waiter;
            if (flight->outcome()) {
                counters_.on_shared_load();
                co_return *flight->outcome();
            }
        }
    }

    /// Call after the commit that brought the row to `version`, a removal too, and before the caller is told. Call it likewise
    /// after every attempt to do so that did not end in a definite refusal (Error::outcome_open), since the commit may have
    /// taken place, or may be about to. `ctx` gives the loop and the trace alone: a caller who has gone, or has no time left,
    /// takes nothing away from the cache learning of the change.
    Task<void> changed(const CallContext& ctx, std::string_view id, std::int64_t version) {
        const auto key = key_of(id);
        invalidations_->on_changed(key);
        const RootCall own{ctx.loop(), Deadline::after(ctx.loop().now(), kInvalidationTime)};
        const auto inner = own.context().with_trace(ctx.trace());
        const bool reached = co_await cache_.invalidate(inner, key, version);
        counters_.on_invalidation(reached);
    }

 private:
    /// A cache that is slow has given up by itself long before.
    static constexpr std::chrono::seconds kInvalidationTime{5};

    std::string key_of(std::string_view id) const { return options_.name + ":" + std::string{id}; }

    Task<Lookup> look_up(const CallContext& ctx, const std::string& key) {
        if (auto lookup = cache_.get_now(key)) co_return *std::move(lookup);
        co_return co_await cache_.get(ctx, key);
    }

    template <class Load>
    Task<Row> read(const CallContext& ctx, const std::string& key, Load& load, std::uint64_t lease) {
        auto lead = flights_.begin(key, invalidations_->epoch(key));
        Row row = co_await load(ctx);
        // That this caller has no time left says nothing about the row.
        const bool given_up = !row && ctx.over();
        lead.end(given_up ? std::nullopt : std::optional<Row>{row});
        if (row && lease != 0) co_await fill(ctx, key, *row, lease);
        co_return row;
    }

    Task<void> fill(const CallContext& ctx, const std::string& key, const std::optional<T>& row, std::uint64_t lease) {
        const auto ttl = row ? options_.ttl : options_.absent_ttl;
        Fill fill{.lease = lease, .ttl = std::chrono::duration_cast<std::chrono::milliseconds>(ttl * shortening())};
        if (row) {
            fill.version = codec_.version(*row);
            fill.value = std::make_shared<const std::string>(codec_.encode(*row));
        }
        const auto outcome = co_await cache_.fill(ctx, key, fill);
        counters_.on_fill(outcome);
    }

    double shortening() { return 1.0 - options_.jitter * random_.uniform(); }

    Cache& cache_;
    RowCodec<T> codec_;
    std::shared_ptr<Invalidations> invalidations_;
    CacheAsideOptions options_;
    CacheCounters counters_;
    SingleFlight<Row> flights_;
    Random random_;
};

}  // namespace tw::cache
