#pragma once

#include "kit/base/clock.hpp"
#include "kit/idempotency/keyed_call.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tw::idempotency {

/// What is stored of a call that succeeded.
struct KeyRecord {
    std::string fingerprint;
    /// The bytes of the answer.
    std::string answer;
    ChangedRows changed_rows;
};

/// Reads and removes the keys of calls that succeeded. They are written by RecordingDatabase. A
/// store belongs to one loop, as its database does. Every call may fail as sql::Database does.
class KeyStore {
 public:
    KeyStore(sql::Database& database, telemetry::Telemetry telemetry)
        : database_{database}, reader_{telemetry, "idempotency_keys"} {}

    /// Stores the call's key and answer, without a change.
    Task<Result<void>> record(const CallContext& ctx, const KeyedCall& call, Timestamp now);
    Task<Result<std::optional<KeyRecord>>> find(const CallContext& ctx, const std::string& id);
    /// Removes keys that were stored before `before`, at most `keys_max`. Returns how many.
    Task<Result<std::int64_t>> remove_old(const CallContext& ctx, Timestamp before, std::int64_t keys_max);

    /// Adds the statement that stores the call's key and answer.
    static void insert(sql::Unit& unit, const KeyedCall& call, Timestamp now);
    static Task<Result<void>> insert(const CallContext& ctx, sql::Transaction& transaction, const KeyedCall& call, Timestamp now);

 private:
    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::idempotency
