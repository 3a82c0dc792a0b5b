#include "kit/audit/sealer.hpp"

#include "kit/audit/audit_metrics.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::audit {
namespace {

constexpr std::string_view kRemovalMethod = "audit.remove";
constexpr std::chrono::seconds kLastSealTimeout{2};

}  // namespace

std::string removal_text(const Seal& last) { return fmt::format("position={} hash={}", last.position, last.hash); }

Sealer::Sealer(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random, telemetry::Telemetry telemetry,
               SealerOptions options)
    : loop_{loop},
      store_{database, telemetry},
      clock_{clock},
      random_{random},
      telemetry_{telemetry},
      options_{std::move(options)},
      unsealed_age_{telemetry.meter.counter(kAuditUnsealedAge)},
      sealing_{loop, telemetry.log, "audit.seal", options_.rest, [this](const CallContext& ctx) { return sealing_round(ctx); }},
      removing_{loop, telemetry.log, "audit.remove", options_.remove_interval,
                [this](const CallContext& ctx) { return removing_round(ctx); }} {}

void Sealer::start() {
    sealing_.start();
    removing_.start();
}

Task<void> Sealer::stop() {
    co_await sealing_.stop();
    co_await removing_.stop();
    RootCall call{loop_, Deadline::after(loop_.now(), kLastSealTimeout)};
    while (true) {
        const auto more = co_await seal(call.context());
        if (!more || !*more) break;
    }
    // The caller may destroy the database next, and this may run within one of its callbacks.
    co_await hop_to(loop_);
}

Task<Result<bool>> Sealer::seal(const CallContext& ctx) {
    const auto records = co_await store_.unsealed(ctx, options_.module, options_.batch_records);
    if (!records) co_return records.error();
    if (records->empty()) {
        unsealed_age_.set(0);
        co_return false;
    }
    show_age(records->front().at);
    const auto chain = co_await store_.chain(ctx, options_.module);
    if (!chain) co_return chain.error();
    const auto sealed = co_await store_.seal(ctx, options_.module, *chain, *records);
    if (!sealed) co_return sealed.error();
    // If another replica was faster, it seals the rest, too.
    if (!*sealed) co_return false;
    const bool more = std::ssize(*records) == options_.batch_records;
    if (!more) unsealed_age_.set(0);
    co_return more;
}

Task<Result<bool>> Sealer::remove_old(const CallContext& ctx) {
    const auto chain = co_await store_.chain(ctx, options_.module);
    if (!chain) co_return chain.error();
    if (!*chain) co_return false;
    auto records = co_await store_.sealed(ctx, options_.module, (**chain).removed.position, options_.batch_records);
    if (!records) co_return std::move(records).error();
    const auto before = clock_.now() - options_.kept;
    const auto kept = std::ranges::find_if(*records, [before](const SealedRecord& one) { return one.record.at >= before; });
    const bool more = kept == records->end() && std::ssize(*records) == options_.batch_records;
    records->erase(kept, records->end());
    if (records->empty()) co_return false;
    const auto note = removal_of(records->back().seal);
    const auto removed = co_await store_.remove(ctx, options_.module, **chain, *records, note);
    if (!removed) co_return removed.error();
    co_return more && *removed;
}

Task<Sealer::Next> Sealer::sealing_round(const CallContext& ctx) {
    const auto more = co_await seal(ctx);
    if (!more && !ctx.over()) {
        telemetry_.log.warn(ctx, "audit.seal_failed", {{"error.type", more.error().reason()}},
                            "records of the audit log are not sealed yet: " + std::string{more.error().detail()});
    }
    co_return more && *more ? Next::at_once : Next::rest;
}

Task<Sealer::Next> Sealer::removing_round(const CallContext& ctx) {
    const auto more = co_await remove_old(ctx);
    if (!more && !ctx.over()) {
        telemetry_.log.warn(ctx, "audit.remove_failed", {{"error.type", more.error().reason()}},
                            "old records of the audit log stay until the next attempt");
    }
    co_return more && *more ? Next::at_once : Next::rest;
}

void Sealer::show_age(Timestamp oldest) {
    const std::chrono::duration<double> age = clock_.now() - oldest;
    unsealed_age_.set(std::max(0.0, age.count()));
}

Record Sealer::removal_of(const Seal& last) {
    const auto now = clock_.now();
    Record note{.id = random_.uuid_v7(now).to_string(), .at = now, .module = options_.module};
    note.actor_kind = "system";
    note.method = kRemovalMethod;
    note.objects = removal_text(last);
    note.outcome = Outcome::removed;
    return note;
}

}  // namespace tw::audit
