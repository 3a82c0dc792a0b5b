#include "shipment_store.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/text.hpp"

#include <utility>

namespace shipping {
namespace {

namespace sql = tw::sql;

/// The columns that a Shipment is read from. The statements below are made of this list.
constexpr sql::Text kColumns{"id, order_id, carrier, address, status, tracking, created_at, version"};

constexpr sql::Statement kInsert{.summary = "INSERT shipments", .text = sql::insert<"shipments", kColumns>};

constexpr sql::Statement kFind{.summary = "SELECT shipments",
                               .text = sql::text<"SELECT ", kColumns, " FROM shipments WHERE id = $1">};

constexpr sql::Statement kList{
    .summary = "SELECT shipments by order",
    .text = sql::text<"SELECT ", kColumns, " FROM shipments WHERE order_id = $1 ORDER BY id LIMIT $2">};

constexpr sql::Statement kUpdate{.summary = "UPDATE shipments",
                                 .text = "UPDATE shipments SET status = $3, version = $2 + 1 WHERE id = $1 AND version = $2"};

Shipment read_shipment(const sql::Row& row) {
    return {.id = row.get<ShipmentId>(kColumns.at("id")),
            .order_id = row.get<OrderId>(kColumns.at("order_id")),
            .carrier = row.get<std::string>(kColumns.at("carrier")),
            .address = row.get<std::string>(kColumns.at("address")),
            .status = row.parsed(kColumns.at("status"), parse_status),
            .tracking = row.get<std::string>(kColumns.at("tracking")),
            .created_at = row.get<tw::Timestamp>(kColumns.at("created_at")),
            .version = row.get<std::int64_t>(kColumns.at("version"))};
}

}  // namespace

tw::Task<tw::Result<void>> ShipmentStore::insert(const tw::CallContext& ctx, Shipment shipment) {
    sql::Unit unit;
    unit.add(kInsert, shipment.id, shipment.order_id, shipment.carrier, shipment.address, status_name(shipment.status),
             shipment.tracking, shipment.created_at, shipment.version);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && sql::violates(written.error(), "shipments_order_on_its_way_key")) {
        co_return tw::Error{tw::Code::already_exists, "SHIPMENT_ON_ITS_WAY", "A shipment of the order is on its way."};
    }
    co_return written;
}

tw::Task<tw::Result<Shipment>> ShipmentStore::find(const tw::CallContext& ctx, ShipmentId id) {
    auto row = co_await database_.query_row(ctx, kFind, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return tw::not_found("shipment", id.to_string());
    co_return reader_.read(ctx, **row, read_shipment);
}

tw::Task<tw::Result<std::vector<Shipment>>> ShipmentStore::list(const tw::CallContext& ctx, OrderId order_id,
                                                                std::int64_t count) {
    auto rows = co_await database_.query(ctx, kList, order_id, count);
    if (!rows) co_return std::move(rows).error();
    std::vector<Shipment> shipments;
    for (const auto& row : *rows) {
        if (auto shipment = reader_.read(ctx, row, read_shipment)) shipments.push_back(std::move(*shipment));
    }
    co_return shipments;
}

tw::Task<tw::Result<void>> ShipmentStore::update(const tw::CallContext& ctx, Shipment shipment) {
    sql::Unit unit;
    unit.add_one_row(kUpdate, shipment.id, shipment.version, status_name(shipment.status));
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && written.error().reason() == tw::reason::kRowsUnexpected) {
        co_return tw::Error{tw::Code::aborted, "SHIPMENT_CHANGED", "The shipment was changed meanwhile; try again."};
    }
    co_return written;
}

}  // namespace shipping
