#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/cache/aside/cache_counters.hpp"
#include "kit/cache/aside/single_flight.hpp"
#include "kit/cache/cache.hpp"
#include "kit/cache/changed_row.hpp"
#include "kit/cache/invalidations.hpp"
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

/// Encodes rows as bytes and decodes them. Bytes that cannot be decoded (another program version
/// wrote them) count as a miss.
template <class T>
struct RowCodec {
    std::function<std::string(const T&)> encode;
    std::function<std::optional<T>(std::string_view)> decode;
    /// The row's version. It starts at 1 and grows with each change of the row.
    std::function<std::int64_t(const T&)> version;
};

struct CacheAsideOptions {
    /// Names the rows in keys and metrics ("user.1"). Change the name when the meaning of the bytes
    /// changes.
    std::string name;
    /// The longest time that an entry is kept. Each entry's time is shorter by a random part of up
    /// to `jitter`, so that entries that were filled together do not expire together.
    std::chrono::milliseconds ttl = std::chrono::seconds{30};
    /// How long the cache remembers that a row does not exist.
    std::chrono::milliseconds absent_ttl = std::chrono::seconds{3};
    /// The largest part of the time that is taken off, from 0 to 1.
    double jitter = 0.2;
};

/// Reads rows through a cache. A caller gets what the source holds or held within the last `ttl`.
/// After `change` or `changed` has returned, no caller in this process gets an older row. Callers
/// who ask for a row that is being read wait for that read. A cache that is away, slow, full or
/// holds invalid bytes changes no result: rows then come from the source.
///
/// A CacheAside belongs to one loop. `invalidations` is shared by the whole process. The cache must
/// outlive it.
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

    /// Returns the row, or nothing if it does not exist. `load` reads it from the source: a
    /// function `Task<Result<std::optional<T>>>(const CallContext&)`. It is called at most once and
    /// must stay valid until the task ends. Errors are those of the source or of the context.
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

    /// Makes a change of the row by `write`: a function `Task<Result<void>>()` of the commit that
    /// brings the row to `version`. Returns its result. A removal counts as a change. The cache
    /// hears of the change before the task ends, also if the outcome of the commit is open
    /// (Error::outcome_open), since the commit may have taken place, or may still take place.
    ///
    /// If the call has an idempotency key, the row is stored together with the key. So if the
    /// process dies before the cache has heard of the change, the repeated call tells the cache.
    template <class Write>
    Task<Result<void>> change(const CallContext& ctx, std::string_view id, std::int64_t version, Write write) {
        note_row_change(ctx, key_of(id), version);
        auto writing = write();
        auto written = co_await std::move(writing);
        if (written || written.error().outcome_open()) co_await changed(ctx, id, version);
        co_return written;
    }

    /// Tells the cache that the row has come to `version`, by a commit of another call or process.
    /// A KEYED method changes rows by `change` only. Only the loop and the trace are taken from
    /// `ctx`: the cache is notified even if the caller has gone or has no time left.
    Task<void> changed(const CallContext& ctx, std::string_view id, std::int64_t version) {
        const auto key = key_of(id);
        note_row_change(ctx, key, version);
        const bool reached = co_await invalidate_row(ctx, cache_, *invalidations_, key, version);
        counters_.on_invalidation(reached);
    }

 private:
    std::string key_of(std::string_view id) const { return options_.name + ":" + std::string{id}; }

    Task<Lookup> look_up(const CallContext& ctx, const std::string& key) {
        if (auto lookup = cache_.get_now(key)) co_return *std::move(lookup);
        co_return co_await cache_.get(ctx, key);
    }

    template <class Load>
    Task<Row> read(const CallContext& ctx, const std::string& key, Load& load, std::uint64_t lease) {
        auto lead = flights_.begin(key, invalidations_->epoch(key));
        Row row = co_await load(ctx);
        // An error because this caller has no time left says nothing about the row, so it is not
        // shared.
        const bool given_up = !row && ctx.over();
        const bool shared = lead.has_waiters() && !given_up;
        lead.end(shared ? std::optional<Row>{row} : std::nullopt);
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
