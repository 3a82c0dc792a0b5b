#pragma once

#include "kit/runtime/module.hpp"

namespace tw::runtime {

/// A module whose state is its database. It applies the migrations of its ModuleSpec::schema, has
/// no background work of its own, and is ready while the database is. A module that does more
/// overrides these functions and calls them first.
///
/// If the schema uses idempotency::schema, old keys are removed in the background. If it uses
/// audit::schema and the setting audit.records says so, records of the audit log are sealed.
///
/// If the ModuleSpec of the module names no schema, the process does not start: INTERNAL, reason
/// BAD_PROGRAM.
class StoreModule : public Module {
 public:
    Task<Result<void>> prepare(Host& host) override;
    Task<void> drain(Deadline deadline) override;
    Health health() const override;

 private:
    /// The connection and the sweep of idempotency keys.
    struct KeySweeping;
    /// The connection and the sealer of the audit log.
    struct AuditSealing;

    /// Null until it is prepared.
    sql::Store* store_ = nullptr;
    std::shared_ptr<KeySweeping> sweeping_;
    std::shared_ptr<AuditSealing> sealing_;
};

/// Returns the message for a module that uses a database although its ModuleSpec names no schema.
/// It says what to do.
std::string no_schema(std::string_view module);

}  // namespace tw::runtime
