#include "kit/runtime/audit_settings.hpp"

#include "kit/runtime/auth_settings.hpp"
#include "kit/runtime/setting_table.hpp"

namespace tw::runtime {
namespace {

SettingTable<AuditSettings> audit_table() {
    using S = AuditSettings;
    constexpr std::int64_t kTenYears = 3660;
    return {
        {"audit.records",
         &S::records,
         {{"auto", AuditRecords::automatic}, {"off", AuditRecords::off}, {"all", AuditRecords::all}},
         "all records every call that changes something in the audit log, and refused calls; off records none; auto means all if "
         "callers must show who they are"},
        {"audit.kept_days", &S::kept_days, 1, kTenYears, Unit::count, "How many days a record of the audit log is kept"},
    };
}

}  // namespace

AuditSettings audit_settings(const Config& config) { return audit_table().read(config); }

void add_audit_settings(std::vector<Setting>& all) { append(all, audit_table().declare()); }

bool keeps_audit_log(const Config& config) {
    const auto records = audit_settings(config).records;
    return records == AuditRecords::all || (records == AuditRecords::automatic && requires_authentication(config));
}

}  // namespace tw::runtime
