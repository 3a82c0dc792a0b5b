#include "kit/audit/auditing_database.hpp"

#include <utility>

namespace tw::audit {

AuditedCall* AuditingDatabase::to_record(const CallContext& ctx) {
    auto* const call = audited_call(ctx);
    return call != nullptr && !call->recorded() ? call : nullptr;
}

void AuditingDatabase::note_write(AuditedCall& call) {
    // Two writes of a call may run at the same time. Then both have stored a record.
    call.set_recorded();
    trail_.on_recorded();
}

Task<Result<void>> AuditingDatabase::write(const CallContext& ctx, sql::Unit unit) {
    auto* const call = to_record(ctx);
    if (call == nullptr) return behind().write(ctx, std::move(unit));
    return write_with_record(ctx, *call, std::move(unit));
}

Task<Result<void>> AuditingDatabase::write_with_record(const CallContext& ctx, AuditedCall& call, sql::Unit unit) {
    AuditStore::insert(unit, trail_.record_of(ctx, call));
    auto written = co_await behind().write(ctx, std::move(unit));
    if (written) note_write(call);
    co_return written;
}

Task<Result<void>> AuditingDatabase::transaction(const CallContext& ctx, Body body) {
    auto* const call = to_record(ctx);
    if (call == nullptr) return behind().transaction(ctx, std::move(body));
    return run_with_record(ctx, *call, std::move(body));
}

Task<Result<void>> AuditingDatabase::run_with_record(const CallContext& ctx, AuditedCall& call, Body body) {
    Body with_record = [&](sql::Transaction& transaction) { return run_body(ctx, call, body, transaction); };
    auto done = co_await behind().transaction(ctx, std::move(with_record));
    if (done) note_write(call);
    co_return done;
}

Task<Result<void>> AuditingDatabase::run_body(const CallContext& ctx, AuditedCall& call, Body& body,
                                              sql::Transaction& transaction) {
    auto done = co_await body(transaction);
    if (!done) co_return done;
    // The body may have named objects, so the record is made after it.
    const auto record = trail_.record_of(ctx, call);
    co_return co_await AuditStore::insert(ctx, transaction, record);
}

}  // namespace tw::audit
