#include "kit/audit/audit_trail.hpp"

#include "kit/audit/audit_metrics.hpp"

#include <utility>

namespace tw::audit {
namespace {

constexpr std::chrono::seconds kLastStoreTimeout{5};
/// The method of records that no call causes.
constexpr std::string_view kLeftOutMethod = "audit.left_out";

}  // namespace

AuditTrail::AuditTrail(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random,
                       telemetry::Telemetry telemetry, std::string module, AuditTrailOptions options)
    : loop_{loop},
      database_{database},
      clock_{clock},
      random_{random},
      telemetry_{telemetry},
      module_{std::move(module)},
      options_{options},
      limit_{options.limit},
      ok_{telemetry.meter.counter(kAuditRecords, {{"tw.audit.outcome", outcome_name(Outcome::ok)}})},
      left_out_{telemetry.meter.counter(kAuditLeftOut)},
      storing_{loop, telemetry.log, "audit.store", options.store_interval,
               [this](const CallContext& ctx) { return store_waiting(ctx); }} {}

Task<void> AuditTrail::stop() {
    co_await storing_.stop();
    const auto left = limit_.take_left_out(loop_.now(), true);
    if (left > 0) note_left_out(left);
    RootCall call{loop_, Deadline::after(loop_.now(), kLastStoreTimeout)};
    while (!waiting_.empty() && !call.context().over()) {
        const auto before = waiting_.size();
        co_await store_waiting(call.context());
        if (waiting_.size() == before) break;
    }
}

Record AuditTrail::record_from(Denial described) {
    const auto now = clock_.now();
    return {.id = random_.uuid_v7(now).to_string(),
            .at = now,
            .module = module_,
            .actor_kind = std::move(described.actor_kind),
            .actor_issuer = std::move(described.actor_issuer),
            .actor_id = std::move(described.actor_id),
            .actor_roles = std::move(described.actor_roles),
            .service = std::move(described.service),
            .method = std::move(described.method),
            .objects = {},
            .address = std::move(described.address),
            .trace_id = std::move(described.trace_id),
            .outcome = Outcome::ok,
            .reason = std::move(described.reason)};
}

Record AuditTrail::record_of(const CallContext& ctx, const AuditedCall& call) {
    auto record = record_from(describe_call(ctx, call.method(), ctx.principal()));
    record.objects = call.objects().text();
    return record;
}

void AuditTrail::note(const CallContext& ctx, const AuditedCall& call, const std::optional<Error>& error) {
    const auto& principal = ctx.principal();
    if (!limit_.admit(principal.id.empty() ? ctx.attributes().peer : principal.id, loop_.now())) return left_out_.add();
    auto record = record_of(ctx, call);
    record.outcome = error ? Outcome::refused : Outcome::unchanged;
    if (error) {
        record.reason = printable(error->reason());
        // An object that the call was going to make does not exist.
        record.objects = call.asked().text();
    }
    add(std::move(record));
}

void AuditTrail::note_denial(Denial denial) {
    if (!limit_.admit(denial.caller(), loop_.now())) return left_out_.add();
    auto record = record_from(std::move(denial));
    record.outcome = Outcome::denied;
    add(std::move(record));
}

void AuditTrail::note_left_out_elsewhere(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) limit_.leave_out();
    left_out_.add(static_cast<double>(count));
}

void AuditTrail::add(Record record) {
    if (waiting_.size() >= options_.waiting_max) {
        limit_.leave_out();
        return left_out_.add();
    }
    waiting_.push_back(std::move(record));
}

void AuditTrail::note_left_out(std::uint64_t count) {
    const auto now = clock_.now();
    Record record{.id = random_.uuid_v7(now).to_string(), .at = now, .module = module_};
    record.actor_kind = "system";
    record.method = kLeftOutMethod;
    record.objects = "count=" + std::to_string(count);
    record.outcome = Outcome::left_out;
    waiting_.push_back(std::move(record));
}

Task<telemetry::BackgroundLoop::Next> AuditTrail::store_waiting(const CallContext& ctx) {
    using enum telemetry::BackgroundLoop::Next;
    if (const auto left = limit_.take_left_out(loop_.now(), false); left > 0) note_left_out(left);
    if (waiting_.empty()) co_return rest;
    const auto records = std::exchange(waiting_, {});
    sql::Unit unit;
    AuditStore::insert(unit, records);
    const auto stored = co_await database_.write(ctx, std::move(unit));
    if (stored) {
        for (const auto& record : records) {
            telemetry_.meter.counter(kAuditRecords, {{"tw.audit.outcome", outcome_name(record.outcome)}}).add();
        }
        co_return rest;
    }
    if (!ctx.over()) {
        telemetry_.log.warn(ctx, "audit.store_failed", {{"error.type", stored.error().reason()}},
                            "records of failed calls could not be added to the audit log; they are stored later");
    }
    // Records that may have been stored are not stored again: their ids would be refused.
    if (!stored.error().outcome_open()) waiting_.insert(waiting_.begin(), records.begin(), records.end());
    co_return rest;
}

}  // namespace tw::audit
