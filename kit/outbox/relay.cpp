#include "kit/outbox/relay.hpp"

#include "kit/async/combine.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/outbox/outbox_metrics.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tw::outbox {
namespace {

constexpr std::chrono::seconds kRoundTimeout{30};
constexpr std::chrono::seconds kObservePause{15};
/// Failures to publish are logged at most this often.
constexpr std::chrono::minutes kFailurePause{1};
/// How many partitions are taken in one round, so that replicas that start together share them.
constexpr std::size_t kTakenAtOnce = 4;
constexpr std::int64_t kForgottenMax = 500;
/// How many batches of a partition are read by one statement for all partitions.
constexpr std::int64_t kFewBatches = 4;

/// The trace of the place that wrote the event, which publishing it belongs to.
TraceContext trace_of(const events::Event& event) {
    return telemetry::parse_traceparent(event.traceparent).value_or(TraceContext{});
}

}  // namespace

Relay::Relay(EventLoop& loop, sql::Database& database, events::Bus& bus, const Clock& clock, telemetry::Telemetry telemetry,
             std::string owner, const RelayOptions& options)
    : loop_{loop},
      bus_{bus},
      clock_{clock},
      telemetry_{telemetry},
      owner_{std::move(owner)},
      options_{options},
      store_{database, telemetry},
      rest_{options.rest_busy},
      published_{telemetry.meter.counter(kOutboxPublished)},
      publishing_{loop, telemetry.log, "outbox.relay", options.rest_busy, [this](const CallContext& ctx) { return round(ctx); }},
      observing_{loop, telemetry.log, "outbox.observe", kObservePause, [this](const CallContext& ctx) { return observe(ctx); }} {}

void Relay::start() {
    publishing_.start();
    observing_.start();
}

Task<void> Relay::stop() {
    co_await publishing_.stop();
    co_await observing_.stop();
}

Task<Relay::Next> Relay::round(const CallContext& ctx) {
    gathers_ = true;
    CancelScope scope{loop_, Deadline::after(loop_.now(), kRoundTimeout), &ctx.scope()};
    const auto round_ctx = ctx.with_scope(scope);
    const bool looks = looked_ == SteadyTime{} || loop_.now() - looked_ >= options_.lease / 3;
    if (looks || free_left_) co_await take_partitions(round_ctx);

    woken_ = false;
    more_left_ = false;
    const auto published = co_await publish_owned(round_ctx);
    published_.add(static_cast<double>(published));
    rest_ = published > 0 ? options_.rest_busy : std::min<std::chrono::nanoseconds>(2 * rest_, options_.rest_idle);
    publishing_.set_interval(rest_);
    gathers_ = published > 0;
    // Events that were written during a round that found none are not kept waiting.
    const bool at_once = more_left_ || (woken_ && !gathers_);
    co_return at_once ? Next::at_once : Next::rest;
}

Task<std::int64_t> Relay::publish_owned(const CallContext& ctx) {
    auto waiting = co_await read_owned(ctx);
    if (waiting.empty()) co_return 0;
    const bool together = co_await publish_batch(ctx, waiting);
    if (together) co_return co_await remove_all(ctx, waiting);
    std::vector<Task<std::optional<std::int64_t>>> publications;
    for (const auto& one : waiting) publications.push_back(publish(ctx, one));
    co_return co_await for_each(std::move(publications), waiting);
}

Task<std::vector<Relay::Waiting>> Relay::read_owned(const CallContext& ctx) {
    std::erase_if(owned_, [this](const auto& entry) { return loop_.now() >= entry.second.until; });
    if (owned_.empty()) co_return std::vector<Waiting>{};
    // Most rounds find few events or none. They read all of them by one statement.
    const auto few = kFewBatches * options_.batch_events;
    auto found = co_await store_.waiting(ctx, options_.module, few);
    if (found && std::ssize(*found) < few) co_return of_owned(*std::move(found));
    co_return co_await read_each(ctx);
}

std::vector<Relay::Waiting> Relay::of_owned(std::vector<StoredEvent> events) const {
    std::map<std::int64_t, std::vector<StoredEvent>> by_partition;
    for (auto& event : events) by_partition[partition_of(event.event.aggregate_id)].push_back(std::move(event));
    std::vector<Waiting> waiting;
    for (auto& [partition, stored] : by_partition) {
        const auto owned = owned_.find(partition);
        if (owned != owned_.end()) waiting.push_back({owned->second, std::move(stored)});
    }
    return waiting;
}

Task<std::vector<Relay::Waiting>> Relay::read_each(const CallContext& ctx) {
    std::vector<Waiting> waiting;
    std::vector<Task<std::vector<StoredEvent>>> reads;
    for (const auto& [partition, owned] : owned_) {
        waiting.push_back({owned, {}});
        reads.push_back(read(ctx, partition));
    }
    auto found = co_await all(std::move(reads));
    for (std::size_t i = 0; i < found.size(); ++i) waiting[i].events = std::move(found[i]);
    std::erase_if(waiting, [](const Waiting& one) { return one.events.empty(); });
    more_left_ =
        std::ranges::any_of(waiting, [this](const Waiting& one) { return std::ssize(one.events) >= options_.batch_events; });
    co_return waiting;
}

Task<std::vector<StoredEvent>> Relay::read(const CallContext& ctx, std::int64_t partition) {
    auto stored = co_await store_.oldest(ctx, options_.module, partition, options_.batch_events);
    if (!stored) co_return std::vector<StoredEvent>{};
    co_return *std::move(stored);
}

Task<bool> Relay::publish_batch(const CallContext& ctx, std::vector<Waiting>& waiting) {
    const auto& stream = waiting.front().events.front().stream;
    std::size_t count = 0;
    for (const auto& [owned, stored] : waiting) {
        if (loop_.now() >= owned.until) co_return false;
        if (std::ranges::any_of(stored, [&stream](const auto& one) { return one.stream != stream; })) co_return false;
        count += stored.size();
    }
    // The bus takes events that lie side by side. They are lent to it, and not copied.
    std::vector<events::Event> together;
    together.reserve(count);
    for (auto& one : waiting) {
        for (auto& stored : one.events) together.push_back(std::move(stored.event));
    }
    auto publishing = bus_.publish_batch(ctx, stream, together);
    const bool published = co_await std::move(publishing);
    auto next = together.begin();
    for (auto& one : waiting) {
        for (auto& stored : one.events) stored.event = std::move(*next++);
    }
    co_return published;
}

Task<std::int64_t> Relay::remove_all(const CallContext& ctx, std::vector<Waiting>& waiting) {
    std::vector<PublishedEvents> published;
    published.reserve(waiting.size());
    std::int64_t count = 0;
    for (auto& [owned, stored] : waiting) {
        auto& ids = published.emplace_back(owned.lease).ids;
        ids.reserve(stored.size());
        for (auto& one : stored) ids.push_back(std::move(one.event.id));
        count += std::ssize(stored);
    }
    const auto removed = co_await store_.remove(ctx, published);
    if (removed) co_return count;
    if (removed.error().reason() != reason::kRowsUnexpected) co_return 0;
    // Another replica has one of the partitions. The events of the others are removed.
    std::vector<Task<std::optional<std::int64_t>>> removals;
    for (auto& one : published) removals.push_back(remove(ctx, std::move(one)));
    co_return co_await for_each(std::move(removals), waiting);
}

Task<std::int64_t> Relay::for_each(std::vector<Task<std::optional<std::int64_t>>> work, const std::vector<Waiting>& waiting) {
    const auto counts = co_await all(std::move(work));
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        sum += counts[i].value_or(0);
        if (!counts[i]) owned_.erase(waiting[i].owned.lease.partition);
    }
    co_return sum;
}

bool Relay::is_over(const PartitionLease& lease) const {
    const auto left = lease.until - clock_.now();
    // A lease with more time than a lease can have was taken by a clock that was wrong.
    return left.count() <= 0 || left > 2 * options_.lease;
}

Task<void> Relay::take_partitions(const CallContext& ctx) {
    const auto leases = co_await store_.leases(ctx, options_.module);
    if (!leases) co_return;
    looked_ = loop_.now();
    std::map<std::int64_t, PartitionLease> known;
    for (const auto& lease : *leases) known.emplace(lease.partition, lease);
    std::vector<PartitionLease> mine;
    std::vector<std::int64_t> free;
    // Replicas begin at different partitions, so that they seldom try to take the same ones.
    const auto first = partition_of(owner_);
    for (std::int64_t i = 0; i < kPartitions; ++i) {
        const auto partition = (first + i) % kPartitions;
        const auto found = known.find(partition);
        if (found != known.end() && found->second.owner == owner_) {
            mine.push_back(found->second);
        } else if (found == known.end() || is_over(found->second)) {
            free.push_back(partition);
        } else {
            owned_.erase(partition);
        }
    }
    // No partition is taken meanwhile, because the leases of this replica are counted.
    if (!mine.empty()) co_await renew(ctx, std::move(mine));
    free_left_ = free.size() > kTakenAtOnce;
    if (free_left_) free.resize(kTakenAtOnce);
    for (const auto partition : free) {
        std::optional<PartitionLease> lease;
        if (const auto found = known.find(partition); found != known.end()) lease = found->second;
        co_await claim(ctx, partition, std::move(lease));
    }
}

Task<void> Relay::renew(const CallContext& ctx, std::vector<PartitionLease> leases) {
    const auto until = loop_.now() + options_.lease;
    auto renewed = co_await store_.renew(ctx, options_.module, owner_, std::ssize(leases), clock_.now() + options_.lease);
    if (renewed) {
        for (auto& lease : leases) {
            const auto partition = lease.partition;
            owned_.insert_or_assign(partition, Owned{std::move(lease), until});
        }
        co_return;
    }
    // If it is not known whether the leases were renewed, the old ones are still valid for their
    // time.
    if (renewed.error().reason() != reason::kRowsUnexpected) co_return;
    for (auto& lease : leases) {
        const auto partition = lease.partition;
        co_await claim(ctx, partition, std::move(lease));
    }
}

Task<void> Relay::claim(const CallContext& ctx, std::int64_t partition, std::optional<PartitionLease> known) {
    const auto until = loop_.now() + options_.lease;
    auto claimed = co_await store_.claim(ctx, options_.module, partition, known, owner_, clock_.now() + options_.lease);
    // If it is not known whether the lease was renewed, the old one is still valid for its time.
    if (!claimed) co_return;
    owned_.erase(partition);
    if (*claimed) owned_.emplace(partition, Owned{**std::move(claimed), until});
}

Task<std::optional<std::int64_t>> Relay::publish(const CallContext& ctx, const Waiting& waiting) {
    const auto& owned = waiting.owned;
    if (loop_.now() >= owned.until) co_return std::nullopt;
    PublishedEvents published{.lease = owned.lease, .ids = {}};
    for (const auto& [stream, event, created_at] : waiting.events) {
        if (ctx.over() || loop_.now() >= owned.until) break;
        const auto event_ctx = ctx.with_trace(trace_of(event));
        auto sent = co_await bus_.publish(event_ctx, stream, event);
        if (!sent) {
            // The events after this one wait: some may be of the same aggregate.
            report_failure(ctx, stream, event, sent.error());
            break;
        }
        published.ids.push_back(event.id);
    }
    if (published.ids.empty()) co_return 0;
    co_return co_await remove(ctx, std::move(published));
}

void Relay::report_failure(const CallContext& ctx, std::string_view stream, const events::Event& event, const Error& error) {
    // While a bus is away, each round fails.
    const bool first = failure_logged_ == SteadyTime{};
    if (!first && loop_.now() - failure_logged_ < kFailurePause) {
        ++failures_unlogged_;
        return;
    }
    failure_logged_ = loop_.now();
    const auto others = std::exchange(failures_unlogged_, 0);
    telemetry_.log.warn(
        ctx, "outbox.publish_failed",
        {{"error.type", error.reason()}, {"messaging.destination.name", stream}, {"tw.outbox.failures", others + 1}},
        fmt::format("event {} of type {} could not be published and stays: {}", event.id, event.type, error.detail()));
}

Task<std::optional<std::int64_t>> Relay::remove(const CallContext& ctx, PublishedEvents published) {
    const auto count = std::ssize(published.ids);
    std::vector<PublishedEvents> one;
    one.push_back(std::move(published));
    // Events that were published and could not be removed are published again.
    const auto removed = co_await store_.remove(ctx, one);
    if (!removed && removed.error().reason() == reason::kRowsUnexpected) co_return std::nullopt;
    co_return removed ? count : 0;
}

Task<Relay::Next> Relay::observe(const CallContext& ctx) {
    CancelScope scope{loop_, Deadline::after(loop_.now(), kRoundTimeout), &ctx.scope()};
    const auto round_ctx = ctx.with_scope(scope);
    const auto oldest = co_await store_.oldest_time(round_ctx, options_.module);
    if (oldest) {
        const std::chrono::duration<double> age = *oldest ? clock_.now() - **oldest : std::chrono::microseconds{0};
        telemetry_.meter.counter(kOutboxAge).set(std::max(0.0, age.count()));
    }
    const auto dead = co_await store_.count_dead(round_ctx, options_.module);
    if (dead) telemetry_.meter.counter(kOutboxDead).set(static_cast<double>(*dead));
    const auto forgotten = co_await store_.forget_applied(round_ctx, clock_.now() - options_.applied_kept, kForgottenMax);
    co_return forgotten && *forgotten == kForgottenMax ? Next::at_once : Next::rest;
}

}  // namespace tw::outbox
