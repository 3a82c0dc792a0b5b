#include "kit/idempotency/recording_database.hpp"

#include "kit/idempotency/key_store.hpp"

#include <utility>

namespace tw::idempotency {

KeyedCall* RecordingDatabase::to_record(const CallContext& ctx) {
    auto* const call = keyed_call(ctx);
    return call != nullptr && !call->recorded() ? call : nullptr;
}

Task<Result<void>> RecordingDatabase::write(const CallContext& ctx, sql::Unit unit) {
    auto* const call = to_record(ctx);
    if (call == nullptr) return behind().write(ctx, std::move(unit));
    return write_with_key(ctx, *call, std::move(unit));
}

Task<Result<void>> RecordingDatabase::write_with_key(const CallContext& ctx, KeyedCall& call, sql::Unit unit) {
    const bool has_answer = call.answer().has_value();
    if (has_answer) KeyStore::insert(unit, call, clock_.now());
    auto written = co_await behind().write(ctx, std::move(unit));
    if (written) note_write(call, has_answer);
    co_return written;
}

void RecordingDatabase::note_write(KeyedCall& call, bool with_key) {
    if (with_key) {
        call.set_recorded();
    } else {
        call.set_wrote_without_key();
    }
}

Task<Result<void>> RecordingDatabase::transaction(const CallContext& ctx, Body body) {
    auto* const call = to_record(ctx);
    if (call == nullptr) return behind().transaction(ctx, std::move(body));
    return run_with_key(ctx, *call, std::move(body));
}

Task<Result<void>> RecordingDatabase::run_with_key(const CallContext& ctx, KeyedCall& call, Body body) {
    Body with_key = [&](sql::Transaction& transaction) { return run_body(ctx, call, body, transaction); };
    auto done = co_await behind().transaction(ctx, std::move(with_key));
    if (done) note_write(call, call.answer().has_value());
    co_return done;
}

Task<Result<void>> RecordingDatabase::run_body(const CallContext& ctx, KeyedCall& call, Body& body,
                                               sql::Transaction& transaction) {
    auto done = co_await body(transaction);
    // The body itself may be the place that knows the answer.
    if (!done || !call.answer()) co_return done;
    co_return co_await KeyStore::insert(ctx, transaction, call, clock_.now());
}

}  // namespace tw::idempotency
