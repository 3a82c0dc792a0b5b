#pragma once

#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"
#include "shipment.hpp"

#include <cstdint>
#include <vector>

namespace shipping {

/// Reads and writes shipments. Every function may also fail as tw::sql::Database says.
class ShipmentStore {
 public:
    ShipmentStore(tw::sql::Database& database, tw::telemetry::Telemetry telemetry)
        : database_{database}, reader_{telemetry, "shipments"} {}

    /// Fails with ALREADY_EXISTS (SHIPMENT_ON_ITS_WAY).
    tw::Task<tw::Result<void>> insert(const tw::CallContext& ctx, Shipment shipment);
    /// Fails with NOT_FOUND (SHIPMENT_NOT_FOUND).
    tw::Task<tw::Result<Shipment>> find(const tw::CallContext& ctx, ShipmentId id);
    /// Returns the oldest shipments of an order, at most `count`.
    tw::Task<tw::Result<std::vector<Shipment>>> list(const tw::CallContext& ctx, OrderId order_id, std::int64_t count);
    /// Writes the status of `shipment` and its next version. Fails with ABORTED (SHIPMENT_CHANGED) if
    /// the version in the database is not that of `shipment`.
    tw::Task<tw::Result<void>> update(const tw::CallContext& ctx, Shipment shipment);

 private:
    tw::sql::Database& database_;
    tw::sql::RowReader reader_;
};

}  // namespace shipping
