#include "kit/runtime/store_module.hpp"

#include "kit/audit/schema.hpp"
#include "kit/audit/sealer.hpp"
#include "kit/idempotency/key_sweep.hpp"
#include "kit/idempotency/schema.hpp"
#include "kit/runtime/audit_settings.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/reasons.hpp"

#include <fmt/format.h>

namespace tw::runtime {

struct StoreModule::KeySweeping {
    explicit KeySweeping(Host& host)
        : database{host.store().connect(host.loop(), host.telemetry())},
          sweep{host.loop(), *database, host.clock(), host.telemetry(), runtime_settings(host.config().all()).keys_kept} {}

    std::unique_ptr<sql::Database> database;
    idempotency::KeySweep sweep;
};

struct StoreModule::AuditSealing {
    AuditSealing(Host& host, std::string_view module)
        : database{host.store().connect(host.loop(), host.telemetry())},
          sealer{host.loop(),      *database,
                 host.clock(),     host.random(),
                 host.telemetry(), {.module = std::string{module}, .kept = audit_settings(host.config().all()).kept()}} {}

    std::unique_ptr<sql::Database> database;
    audit::Sealer sealer;
};

Task<Result<void>> StoreModule::prepare(Host& host) {
    const auto* const schema = host.schema();
    if (schema == nullptr) co_return Error{Code::internal, reason::kBadProgram, no_schema(name())};
    store_ = &host.store();
    if (auto migrated = store_->migrate(*schema); !migrated) co_return migrated;
    if (sql::uses(*schema, idempotency::schema)) {
        sweeping_ = std::make_shared<KeySweeping>(host);
        sweeping_->sweep.start();
    }
    if (sql::uses(*schema, audit::schema) && keeps_audit_log(host.config().all())) {
        sealing_ = std::make_shared<AuditSealing>(host, name());
        sealing_->sealer.start();
    }
    co_return Result<void>{};
}

Task<void> StoreModule::drain(Deadline) {
    if (sweeping_) co_await sweeping_->sweep.stop();
    sweeping_.reset();
    if (sealing_) co_await sealing_->sealer.stop();
    sealing_.reset();
}

Health StoreModule::health() const {
    if (store_ == nullptr) return {.ready = false, .reasons = {"not prepared yet"}};
    if (const auto fine = store_->health(); !fine) return {.ready = false, .reasons = {fine.error().detail()}};
    return {};
}

std::string no_schema(std::string_view module) {
    return fmt::format(
        "the module {} uses a database, but its ModuleSpec names no schema; write .schema = &schema there, with the function "
        "that tw_migrations makes of the migrations",
        module);
}

}  // namespace tw::runtime
