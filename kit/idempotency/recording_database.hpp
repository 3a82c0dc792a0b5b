#pragma once

#include "kit/base/clock.hpp"
#include "kit/idempotency/keyed_call.hpp"
#include "kit/sql/database_decorator.hpp"

namespace tw::idempotency {

/// The database of a module with KEYED methods. When the handler of a call that has a key writes,
/// the key and the answer that the handler said (answer_with) are stored in the same transaction.
/// So there is no moment at which the change exists without its key, or the key without its change.
///
/// A handler that makes several writes says its answer before the one that counts. The first write
/// after it that succeeds stores the key.
class RecordingDatabase final : public sql::DatabaseDecorator {
 public:
    /// Both outlive this object.
    RecordingDatabase(sql::Database& behind, const Clock& clock) : DatabaseDecorator{behind}, clock_{clock} {}

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override;
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override;

 private:
    /// Returns the call whose key has to be stored with the next write; null if there is none.
    static KeyedCall* to_record(const CallContext& ctx);
    static void note_write(KeyedCall& call, bool with_key);
    Task<Result<void>> write_with_key(const CallContext& ctx, KeyedCall& call, sql::Unit unit);
    Task<Result<void>> run_with_key(const CallContext& ctx, KeyedCall& call, Body body);
    Task<Result<void>> run_body(const CallContext& ctx, KeyedCall& call, Body& body, sql::Transaction& transaction);

    const Clock& clock_;
};

}  // namespace tw::idempotency
