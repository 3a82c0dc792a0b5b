#pragma once

#include "kit/runtime/config.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace tw::runtime {

enum class AuditRecords : std::uint8_t { automatic, off, all };

/// What is recorded in the audit log, and for how long it is kept.
struct AuditSettings {
    AuditRecords records = AuditRecords::automatic;
    std::int64_t kept_days = 400;

    std::chrono::hours kept() const { return std::chrono::hours{24 * kept_days}; }
};

AuditSettings audit_settings(const Config& config);
/// Declares the settings above.
void add_audit_settings(std::vector<Setting>& all);

/// Whether changes are recorded. By default they are if callers must show who they are, since
/// otherwise a record could not say who made the change.
bool keeps_audit_log(const Config& config);

}  // namespace tw::runtime
