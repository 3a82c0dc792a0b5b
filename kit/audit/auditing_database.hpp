#pragma once

#include "kit/audit/audit_trail.hpp"
#include "kit/sql/database_decorator.hpp"

namespace tw::audit {

/// The database of a module whose changes are recorded. The first write of a call that is recorded
/// (audited_call.hpp) stores the call's record in the same transaction. So there is no change
/// without its record, and no record of a change that was rolled back. Other writes pass through.
class AuditingDatabase final : public sql::DatabaseDecorator {
 public:
    /// Both outlive this object.
    AuditingDatabase(sql::Database& behind, AuditTrail& trail) : DatabaseDecorator{behind}, trail_{trail} {}

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) override;
    Task<Result<void>> transaction(const CallContext& ctx, Body body) override;

 private:
    /// Returns the call whose record has to be stored with the next write; null if there is none.
    static AuditedCall* to_record(const CallContext& ctx);
    void note_write(AuditedCall& call);
    Task<Result<void>> write_with_record(const CallContext& ctx, AuditedCall& call, sql::Unit unit);
    Task<Result<void>> run_with_record(const CallContext& ctx, AuditedCall& call, Body body);
    Task<Result<void>> run_body(const CallContext& ctx, AuditedCall& call, Body& body, sql::Transaction& transaction);

    AuditTrail& trail_;
};

}  // namespace tw::audit
