#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/audit/record.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tw::audit {

/// The ends of a module's chain.
struct Chain {
    /// The last sealed record.
    Seal head = origin();
    /// The last record that was removed because of its age. The chain begins after it.
    Seal removed = origin();
    bool operator==(const Chain&) const = default;
};

/// Reads and writes the tables of the audit log. A store belongs to one loop, as its database does.
/// Every call may fail as sql::Database does. A row that cannot be read fails the call.
class AuditStore {
 public:
    AuditStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, reader_{telemetry, "audit_records"}, chains_{telemetry, "audit_chains"} {}

    /// Adds the statements that store records.
    static void insert(sql::Unit& unit, Record record);
    static void insert(sql::Unit& unit, const std::vector<Record>& records);
    static Task<Result<void>> insert(const CallContext& ctx, sql::Transaction& transaction, const Record& record);

    /// Returns the oldest records that are not sealed.
    Task<Result<std::vector<Record>>> unsealed(const CallContext& ctx, std::string module, std::int64_t records_max);
    Task<Result<std::int64_t>> count_unsealed(const CallContext& ctx, std::string module);
    /// Returns the ends of the chain; nothing if no record has ever been sealed.
    Task<Result<std::optional<Chain>>> chain(const CallContext& ctx, std::string module);
    /// Returns the sealed records behind `position`, in their order.
    Task<Result<std::vector<SealedRecord>>> sealed(const CallContext& ctx, std::string module, std::int64_t position,
                                                   std::int64_t records_max);

    /// Seals the records in their order, after `known.head`. Returns false and changes nothing if
    /// the chain is not as `known` says, or if a record has been sealed meanwhile.
    Task<Result<bool>> seal(const CallContext& ctx, std::string module, const std::optional<Chain>& known,
                            std::span<const Record> records);
    /// Removes records from the front of the chain, and stores `note`, which says so. `removed` are
    /// the records right behind `known.removed`. Returns false and changes nothing if the chain is
    /// not as `known` says.
    Task<Result<bool>> remove(const CallContext& ctx, std::string module, const Chain& known,
                              std::span<const SealedRecord> removed, const Record& note);

 private:
    Task<Result<bool>> change(const CallContext& ctx, sql::Unit unit);

    sql::Database& database_;
    sql::RowReader reader_;
    sql::RowReader chains_;
};

}  // namespace tw::audit
